import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readJson } from '@basinlab/core/store';
import { usageError } from '../errors/usage-error.js';

/** Folders this far below what is given are looked at: a sweep or a reproduction holds its runs two levels down. */
const depth = 5;
const skipped = new Set(['checkpoints', 'node_modules', 'measurements', 'tables']);

/** What `read` finds in the given folders and those below, in order of their paths; `command` names itself in errors. */
export async function searchFolders<T extends { readonly path: string }>(
  command: string,
  paths: readonly string[],
  read: (path: string) => Promise<T | null>,
): Promise<readonly T[]> {
  const search = async (path: string, levels: number): Promise<T[]> => {
    const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      const problem = error.code === 'ENOENT' ? 'there is none' : error.message;
      throw usageError(command, 'a folder of a run, or with runs in it', `${path} (${problem})`);
    });
    const own = await read(path);
    const inner = entries.filter((entry) => entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith('.'));
    const below = levels === 0 ? [] : await Promise.all(inner.map(({ name }) => search(join(path, name), levels - 1)));
    return [...(own === null ? [] : [own]), ...below.flat()];
  };
  const found = (await Promise.all(paths.map((path) => search(path, depth)))).flat();
  return [...new Map(found.map((folder) => [folder.path, folder])).values()];
}

/**
 * A run's `config.json`; null where there is none, or one of something else.
 * @throws BasinlabError where a run's is damaged: without it the run would be left out in silence
 */
export async function runConfig(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const content = await readJson(path);
    return 'config' in content && 'versions' in content ? content : null;
  } catch (error) {
    if (existsSync(path) && existsSync(join(dirname(path), 'events.jsonl'))) throw error;
    return null;
  }
}
