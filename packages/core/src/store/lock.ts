/**
 * Leases: one process at a time may write a folder that many machines see. Only file operations that a network file system decides on its server are relied on
 * (`rename` of a folder onto one that is not empty fails, `rmdir` of one fails, a file in a removed folder cannot be renamed), and no clock is compared with
 * another's.
 *
 * A lease is a folder: `holder-TOKEN.json` says who holds it, and `TOKEN/` is the holder's: it counts on in `TOKEN/beat`, and whatever it publishes is written
 * there first and renamed from there to its place. Taking a lease from a dead holder begins with removing `TOKEN/`: from then on nothing that the holder still
 * does can reach its place, should it only have slept (fencing). Every name that is removed holds the token of who lost it, so nobody removes what another has
 * just taken.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BasinlabError, demand } from '@basinlab/tensor';
import { fileError } from './file-error.js';
import { makeFolder } from './make-folder.js';
import { isAlive, thisProcess, type ProcessIdentity } from './process-identity.js';

/** A lease that this process holds. */
export interface Lease {
  /** Folder for what is about to be published, on the file system of the lease; gone once the lease is lost. */
  readonly staging: string;
  /** Whether it was taken from a holder that may have files open. */
  readonly evicted: boolean;
  /** Throws once the lease is another's. */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** How a lease is taken. */
export interface LeaseOptions {
  /** Wait while a living process holds it, instead of throwing. */
  readonly wait?: boolean;
  /** Stops the waiting. */
  readonly signal?: AbortSignal;
  /** How long a holder on another machine may be silent before it counts as dead, in milliseconds: longer than a file system hides a change. */
  readonly patience?: number;
  /** Who takes it; default this process. */
  readonly holder?: ProcessIdentity;
}

/** Times that a holder says that it lives, within the patience of others. */
const beats = 6;
const defaultPatience = 60_000;

/**
 * Takes the lease `path`, or throws while a living process holds it. What a dead process of this machine left is taken over at once; a process of another machine
 * counts as dead when it has been silent for `patience`, as seen from here.
 */
export async function takeLease(path: string, options: LeaseOptions = {}): Promise<Lease> {
  const { wait = false, signal, patience = defaultPatience, holder = thisProcess() } = options;
  const token = randomUUID();
  const mine = join(dirname(path), `.${basename(path)}.${token}`);
  let evicted = false;
  try {
    await makeFolder(join(mine, token));
    await writeFile(join(mine, `holder-${token}.json`), JSON.stringify({ ...holder, patience }));
    const watch = silenceWatch();
    while (!(await moveIn(mine, path, token))) {
      signal?.throwIfAborted();
      const there = await holderOf(path);
      if (there === null) await rmdir(path).catch(() => undefined);
      else if (await isDead(path, there, watch)) {
        await evict(path, there.token);
        evicted = true;
      } else if (!wait && watch.stirred(there.token)) throw held(path, there);
      else await delay(Math.min(patience / (4 * beats), 1000), undefined, signal === undefined ? {} : { signal });
    }
  } catch (error) {
    await rm(mine, { recursive: true, force: true }).catch(() => undefined);
    throw signal?.aborted === true ? error : fileError(path, 'must be written', error);
  }
  await removeLeft(path);
  return heldLease(path, token, patience, evicted);
}

/** Removes what processes of this machine left that were killed while they took the lease. */
async function removeLeft(path: string): Promise<void> {
  const beginning = `.${basename(path)}.`;
  for (const name of (await readdir(dirname(path))).filter((one) => one.startsWith(beginning))) {
    const left = join(dirname(path), name);
    const holder = await readFile(join(left, `holder-${name.slice(beginning.length)}.json`), 'utf8')
      .then((text) => JSON.parse(text) as ProcessIdentity)
      .catch(() => null);
    if (holder !== null && isAlive(holder) === false) await rm(left, { recursive: true, force: true });
  }
}

/** Takes a lease and returns the function that releases it: for writers that need no fencing. */
export async function takeLock(path: string, options?: LeaseOptions): Promise<() => Promise<void>> {
  const lease = await takeLease(path, options);
  return () => lease.release();
}

function heldLease(path: string, token: string, patience: number, evicted: boolean): Lease {
  const staging = join(path, token);
  const check = async (): Promise<void> => {
    const remedy = 'This process was silent for too long.';
    demand(await isThere(staging), path, 'must be held by this process to go on', 'a lease that another has taken over', remedy);
  };
  let count = 0;
  const timer = setInterval(() => {
    // Lost, or a file system that is away for a moment: publishing will tell.
    writeFile(join(staging, 'beat'), String(++count)).catch(() => undefined);
  }, patience / beats);
  timer.unref();
  return {
    staging,
    evicted,
    check,
    async release() {
      clearInterval(timer);
      await evict(path, token);
    },
  };
}

/** Puts a prepared folder in the place of none, or of an empty one. */
async function moveIn(mine: string, path: string, token: string): Promise<boolean> {
  try {
    await rename(mine, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES', 'ENOENT', 'ENOTDIR'].includes(code!)) throw error;
    demand(code !== 'ENOTDIR', path, 'must be a lease written by Basinlab', 'a file', `If no process writes this run, delete ${path}.`);
    // A server whose answer was lost, and that is asked again, says that there is nothing to move.
    if (await isThere(join(path, token))) return true;
    if (!(await isThere(mine))) throw error;
    return false;
  }
}

/** Ends the lease of a token, if it still is the lease: first what lets its holder publish. */
async function evict(path: string, token: string): Promise<void> {
  const staging = join(path, token);
  for (;;) {
    for (const name of await readdir(staging).catch(() => [])) await unlink(join(staging, name)).catch(() => undefined);
    const error = await rmdir(staging).then(
      () => null,
      (failure: NodeJS.ErrnoException) => failure.code,
    );
    // Something was written there meanwhile.
    if (error !== 'ENOTEMPTY' && error !== 'EEXIST') break;
  }
  await unlink(join(path, `holder-${token}.json`)).catch(() => undefined);
  // Not empty where another has moved in.
  await rmdir(path).catch(() => undefined);
}

interface Holder extends ProcessIdentity {
  readonly token: string;
  readonly patience: number;
}

/** Who holds a lease; null where nobody does, or where it is just being left. */
async function holderOf(path: string): Promise<Holder | null> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const name = names.find((one) => /^holder-.*\.json$/.test(one));
  demand(
    name !== undefined || names.length < 2,
    path,
    'must be a lease written by Basinlab',
    names.join(', '),
    `If no process writes this run, delete ${path}.`,
  );
  if (name === undefined) return null;
  const text = await readFile(join(path, name), 'utf8').catch(() => null);
  if (text === null) return null;
  const token = name.slice('holder-'.length, -'.json'.length);
  // Leases appear with their content: a loss of power took it from an empty one, and its holder with it.
  if (text === '') return { token, pid: 0, host: '', started: null, patience: 0 };
  try {
    const { pid, host, started, patience } = JSON.parse(text) as Holder;
    if (Number.isInteger(pid) && typeof host === 'string') return { pid, host, started, token, patience };
  } catch {
    // falls through to the error: the file is not one of ours
  }
  throw new BasinlabError(path, 'must be a lease written by Basinlab', text, { remedy: `If no process writes this run, delete ${path}.` });
}

/** Whether a holder has lost the right to its lease: it is gone, someone has begun to evict it, or it has been silent for too long. */
async function isDead(path: string, holder: Holder, watch: ReturnType<typeof silenceWatch>): Promise<boolean> {
  const alive = isAlive(holder);
  if (alive === false) return true;
  const beat = await readFile(join(path, holder.token, 'beat'), 'utf8').catch(() => null);
  if (beat === null && !(await isThere(join(path, holder.token)))) return true;
  return watch.silence(holder.token, alive === true ? 'here' : (beat ?? '')) > holder.patience;
}

/** Remembers when a holder was last seen to stir, on this machine's own clock. */
function silenceWatch() {
  let seen = { token: '', beat: '', since: 0, changes: 0 };
  return {
    /** How long since the beat of this holder changed, in milliseconds. */
    silence(token: string, beat: string): number {
      const now = performance.now();
      if (seen.token !== token) seen = { token, beat, since: now, changes: beat === 'here' ? 1 : 0 };
      else if (beat === 'here' || beat !== seen.beat) seen = { token, beat, since: now, changes: seen.changes + 1 };
      return now - seen.since;
    },
    /** Whether it has been seen to live. */
    stirred: (token: string): boolean => seen.token === token && seen.changes > 0,
  };
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const held = (path: string, { pid, host }: Holder): BasinlabError =>
  new BasinlabError(path, 'must not be held by another process', `pid ${pid} on ${host.split(' ')[0]}`, {
    remedy: 'Wait for it or stop it.',
  });
