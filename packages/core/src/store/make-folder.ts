import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { BasinlabError } from '@basinlab/tensor';
import { syncFolder } from './atomic-write.js';
import { fileError } from './file-error.js';

/**
 * Makes a folder and those above it; gives the first one made, or undefined where all were there. In place of `mkdir` with `recursive`, which says
 * ENOENT of read-only places and never returns from some (below /proc).
 * @throws BasinlabError that names the folder in which nothing can be made, and why
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  let parent = resolve(path);
  for (; !(await isFolder(parent)); parent = dirname(parent)) missing.unshift(parent);
  for (const folder of missing) {
    await mkdirDurably(folder).catch(async (error: NodeJS.ErrnoException) => {
      // Another process may have made it in between.
      if (error.code === 'EEXIST' && (await isFolder(folder))) return;
      throw fileError(dirname(folder), `must be a folder in which ${basename(folder)} can be made`, error);
    });
  }
  return missing[0];
}

/** A folder whose name a loss of power may take away takes what is in it along. */
async function mkdirDurably(folder: string): Promise<void> {
  await mkdir(folder);
  await syncFolder(dirname(folder));
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && path !== dirname(path)) return null;
    throw fileError(path, 'must be a folder', error);
  });
  if (found !== null && !found.isDirectory()) throw new BasinlabError(path, 'must be a folder', 'a file', { remedy: 'Choose another one' });
  return found !== null;
}
