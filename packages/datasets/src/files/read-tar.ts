import { BasinlabError, demand } from '@basinlab/core';
import { unpackTar } from 'modern-tar';
import { decompress } from './decompress.js';

/**
 * The files of a tar archive, gzipped or not, whose name without folders is wanted; by that name.
 * @param most bytes that the archive may have unpacked, where that is known
 * @throws BasinlabError for a broken archive, and where one of them is missing
 */
export async function readTar(archive: Uint8Array, wanted: readonly string[], id: string, most?: number): Promise<Map<string, Uint8Array>> {
  const names = new Set(wanted);
  const found = new Map<string, Uint8Array>();
  let entries;
  try {
    entries = await unpackTar(decompress(archive, id, most), {
      strict: true,
      filter: ({ name, type }) => type === 'file' && names.has(baseName(name)),
    });
  } catch (cause) {
    if (cause instanceof BasinlabError) throw cause;
    throw new BasinlabError(id, 'a whole tar archive', (cause as Error).message, { remedy: 'Fetch the file again', cause });
  }
  for (const { header, data } of entries) if (data !== undefined) found.set(baseName(header.name), data);
  const missing = wanted.filter((name) => !found.has(name));
  demand(
    missing.length === 0,
    id,
    `an archive with ${wanted.join(', ')}`,
    `none of the name ${missing.join(', ')}`,
    'Fetch the file again',
  );
  return found;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
