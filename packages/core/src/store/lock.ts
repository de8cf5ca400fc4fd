import { link, mkdir, readFile, readdir, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BasinlabError, demand } from '@basinlab/tensor';
import { fileError } from './file-error.js';

/** Who holds a lock. `started` tells a living process from a later one with the same pid; null where the system does not say. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly started: string | null;
}

let counter = 0;

/**
 * Takes the lock file `path`, or throws while a living process holds it. A lock left by a dead process of this machine is taken over.
 * Returns the function that releases it.
 */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const mine = `${path}.${process.pid}.${counter++}`;
  const content = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid), take: mine });
  try {
    await writeFile(mine, content);
    // `link` fails where the name exists, and unlike open('wx') never shows others an empty file.
    while (!(await succeeds(link(mine, path), 'EEXIST'))) await removeStale(path);
  } catch (error) {
    throw fileError(path, 'must be written', error);
  } finally {
    await rm(mine, { force: true });
  }
  await removeLeft(path);
  return async () => {
    if ((await readIfThere(path)) === content) await unlink(path);
  };
}

/** How long it takes at most to take a lock, in milliseconds: what is older was left by a process that was killed meanwhile. */
const takeLimit = 5_000;

/** Removes what processes left that were killed while they took the lock: their own file, and the folder of a takeover. */
async function removeLeft(path: string): Promise<void> {
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(`${basename(path)}.`));
  for (const name of names) {
    const left = join(dirname(path), name);
    if (name.endsWith('.takeover')) await removeAbandoned(left);
    else if (/\.\d+\.\d+$/.test(name) && (await isOld(left)) && !(await isOfLiving(left))) await rm(left, { force: true });
  }
}

/** Whether the process that wrote a lock, or was about to, lives, as far as is known: one of another machine may. */
async function isOfLiving(path: string): Promise<boolean> {
  try {
    const holder = parseHolder(path, (await readIfThere(path)) ?? '');
    return holder.host !== hostname() || isAlive(holder);
  } catch {
    return false; // Cut off: killed while it wrote.
  }
}

/** Removes the lock of a dead process; throws where its holder lives. */
async function removeStale(path: string): Promise<void> {
  const content = await readIfThere(path);
  if (content === null) return;
  // Locks appear with their content: a loss of power took it from an empty one.
  if (content === '') return void (await rm(path, { force: true }));
  const holder = parseHolder(path, content);
  const remedy = `If no process writes this run, delete ${path}.`;
  demand(holder.host === hostname(), path, 'must not be held by another machine', `pid ${holder.pid} on ${holder.host}`, remedy);
  if (isAlive(holder))
    throw new BasinlabError(path, 'must not be held by another process', `pid ${holder.pid}`, { remedy: 'Wait for it or stop it.' });
  // Only who made this folder removes a stale lock: otherwise one process could remove what another has just taken in its place.
  const guard = `${path}.takeover`;
  if (!(await succeeds(mkdir(guard), 'EEXIST'))) return awaitTakeover(guard);
  try {
    if ((await readIfThere(path)) === content) await unlink(path);
  } finally {
    await rmdir(guard);
  }
}

async function awaitTakeover(guard: string): Promise<void> {
  await delay(5);
  await removeAbandoned(guard);
}

/** A takeover lasts milliseconds; one this old was killed in the middle. */
async function removeAbandoned(guard: string): Promise<void> {
  if (await isOld(guard)) await succeeds(rmdir(guard), 'ENOENT');
}

async function isOld(path: string): Promise<boolean> {
  const made = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
  // Times far ahead are those of a clock that was set back since.
  return made !== null && Math.abs(Date.now() - made) > takeLimit;
}

function parseHolder(path: string, content: string): Holder {
  try {
    const { pid, host, started } = JSON.parse(content) as Holder;
    if (Number.isInteger(pid) && typeof host === 'string') return { pid, host, started };
  } catch {
    // falls through to the error: the file is not one of ours
  }
  throw new BasinlabError(path, 'must be a lock written by Basinlab', content, {
    remedy: `If no process writes this run, delete ${path}.`,
  });
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
}

/** Start time of a process in clock ticks since boot, field 22 of /proc/PID/stat; null on systems without it. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process that nobody waited for yet still has its entry.
    return state === 'Z' ? 'dead' : fields[18]!;
  } catch {
    return null;
  }
}

async function succeeds(action: Promise<void>, expected: string): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expected) return false;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(path, 'must be a readable lock', error);
  }
}
