import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { usageError } from '@basinlab/experiments';

/** A folder that queries read. */
export interface FoundFolder {
  /** As it was reached from what the user gave. */
  readonly path: string;
  /** The run's `config.json`; null for a folder with results only. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly metrics: string | null;
  readonly results: string | null;
  /** Tables of what `basinlab measure` or a sweep measured on the run. */
  readonly measurements: readonly string[];
}

/** Folders this far below what is given are looked at: a sweep or a reproduction holds its runs two levels down. */
const depth = 5;
const skipped = new Set(['checkpoints', 'node_modules', 'measurements', 'tables']);

/** Every run, and every folder with a `results.parquet`, at or below the given folders, in order of their paths. Throws a usage error where there is none. */
export async function findRuns(paths: readonly string[]): Promise<readonly FoundFolder[]> {
  const found = await searchAll('query', paths, look);
  if (found.length === 0) throw usageError('query', 'folders with runs in them', paths.join(', '), 'Train some: basinlab train --list');
  return found;
}

/** What `look` finds in the given folders and those below, in order of their paths; `command` names itself in errors. */
export async function searchAll<T extends { readonly path: string }>(
  command: string,
  paths: readonly string[],
  look: (path: string) => Promise<T | null>,
): Promise<readonly T[]> {
  const search = async (path: string, levels: number): Promise<T[]> => {
    const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      const problem = error.code === 'ENOENT' ? 'there is none' : error.message;
      throw usageError(command, 'a folder of a run, or with runs in it', `${path} (${problem})`);
    });
    const own = await look(path);
    const inner = entries.filter((entry) => entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith('.'));
    const below = levels === 0 ? [] : await Promise.all(inner.map(({ name }) => search(join(path, name), levels - 1)));
    return [...(own === null ? [] : [own]), ...below.flat()];
  };
  const found = (await Promise.all(paths.map((path) => search(path, depth)))).flat();
  return [...new Map(found.map((folder) => [folder.path, folder])).values()];
}

async function look(path: string): Promise<FoundFolder | null> {
  const file = (name: string) => (existsSync(join(path, name)) ? join(path, name) : null);
  const [config, metrics, results] = [await runConfig(join(path, 'config.json')), file('metrics.parquet'), file('results.parquet')];
  const measurements = await measurementsIn(join(path, 'measurements'));
  if (config === null && results === null && measurements.length === 0) return null;
  // An empty file is one that another process has just begun.
  const whole = metrics !== null && (await stat(metrics)).size > 0 ? metrics : null;
  return { path, config, metrics: config === null ? null : whole, results, measurements };
}

async function measurementsIn(path: string): Promise<readonly string[]> {
  const folders = await readdir(path).catch(() => []);
  return folders.map((id) => join(path, id, 'rows.parquet')).filter((file) => existsSync(file));
}

/** A run's `config.json`; null for any other file. */
export async function runConfig(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const content = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return 'config' in content && 'versions' in content ? content : null;
  } catch {
    return null;
  }
}
