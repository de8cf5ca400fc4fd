import { statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BasinlabError } from '@basinlab/tensor';
import { othersCanChange } from '@basinlab/tensor/cache';
import { buildFor, knownPlugin } from './known-plugins.js';
import type { FoundPlugin } from './list-plugins.js';
import { cacheFolder } from './machine.js';
import type { Machine } from './machine.js';
import { fileSha256 } from './wheel.js';

/**
 * Why the library at `path` is not the pinned one, or null. Reading 200 MB takes a moment, so that what was found is remembered beside it, for as long
 * as size, times and inode of the file stay.
 * @param options `again` reads the file whatever is remembered
 */
export async function libraryDamage(path: string, sha256: string, { again = false } = {}): Promise<string | null> {
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  const seen = JSON.stringify({ size, mtimeMs, ctimeMs, ino, sha256 });
  const note = join(dirname(path), '.checked.json');
  if (!again && (await readFile(note, 'utf8').catch(() => '')) === seen) return null;
  const found = await fileSha256(path);
  if (found !== sha256) return `SHA-256 ${found}`;
  // A cache that cannot be written costs the next process the same moment.
  await writeFile(note, seen, { mode: 0o644 }).catch(() => undefined);
  return null;
}

/**
 * Refuses a library of the cache that is damaged, a link, or lies where others can write: loading it runs its code, and a damaged one ends the
 * process. Libraries from elsewhere are the user's own affair.
 */
export async function requireWhole({ id, source, path, preload }: FoundPlugin, machine: Machine): Promise<void> {
  if (source !== 'cache') return;
  const root = cacheFolder(machine);
  for (const library of [...preload, path]) {
    const reason = othersCanChange(library, root);
    if (reason !== null)
      throw new BasinlabError('engine', `a plugin that only you can change, below ${root}`, reason, { remedy: remedyFor(id, reason) });
  }
  const { librarySha256 } = buildFor(knownPlugin(id), machine);
  const damage = await libraryDamage(path, librarySha256);
  if (damage === null) return;
  const remedy = `The library is damaged: \`npx basinlab engine install ${id}\` puts it back`;
  throw new BasinlabError('engine', `${path} with SHA-256 ${librarySha256}`, damage, { remedy });
}

const remedyFor = (id: string, reason: string): string =>
  reason.endsWith('is a link')
    ? `Run \`npx basinlab engine install ${id}\`, or name a library by PJRT_PLUGIN_LIBRARY_PATH`
    : 'Take the rights of others away (chmod go-w), or set BASINLAB_CACHE to a folder of your own';
