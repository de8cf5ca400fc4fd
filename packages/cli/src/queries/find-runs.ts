import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkParquet } from '@basinlab/core/store';
import { runConfig, searchFolders, usageError } from '@basinlab/experiments';

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

/** Every run, and every folder with a `results.parquet`, at or below the given folders, in order of their paths. Throws a usage error where there is none. */
export async function findRuns(paths: readonly string[]): Promise<readonly FoundFolder[]> {
  const found = await searchFolders('query', paths, look);
  if (found.length === 0) throw usageError('query', 'folders with runs in them', paths.join(', '), 'Train some: basinlab train --list');
  return found;
}

async function look(path: string): Promise<FoundFolder | null> {
  const file = (name: string) => (existsSync(join(path, name)) ? join(path, name) : null);
  const [config, metrics, results] = [await runConfig(join(path, 'config.json')), file('metrics.parquet'), file('results.parquet')];
  const measurements = await measurementsIn(join(path, 'measurements'));
  if (config === null && results === null && measurements.length === 0) return null;
  // DuckDB would not notice damage. Files appear whole, so that an empty one is damaged too.
  for (const written of [metrics, results, ...measurements]) if (written !== null) await checkParquet(written);
  return { path, config, metrics: config === null ? null : metrics, results, measurements };
}

async function measurementsIn(path: string): Promise<readonly string[]> {
  const folders = await readdir(path).catch(() => []);
  return folders.map((id) => join(path, id, 'rows.parquet')).filter((file) => existsSync(file));
}
