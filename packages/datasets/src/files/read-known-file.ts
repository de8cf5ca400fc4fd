import { BasinlabError } from '@basinlab/core';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireChecksum } from './checksum.js';
import { decompress } from './decompress.js';
import type { KnownFile } from './known-file.js';

export interface ReadKnownFileOptions {
  /** What errors call the data set. */
  readonly set: string;
  /** Whether the content must match the checksums of the file. */
  readonly verify: boolean;
  /** What to do where the file is missing or cannot be read. */
  readonly remedy: string;
}

/**
 * Reads one file of a folder, as it is or with the ending `.gz`, and gives its content, not compressed.
 * @throws BasinlabError `<set>/<name>: ...` for a missing or unreadable file, a broken gzip file and another checksum
 */
export async function readKnownFile(
  directory: string,
  file: KnownFile,
  { set, verify, remedy }: ReadKnownFileOptions,
): Promise<Uint8Array> {
  const path = join(directory, file.name);
  const id = `${set}/${file.name}`;
  const raw = (await readIfThere(path, id, remedy)) ?? (await readIfThere(`${path}.gz`, id, remedy));
  if (raw === null) throw new BasinlabError(id, 'the file must be there', `no ${path} nor ${path}.gz`, { remedy });
  const content = decompress(raw, id, verify ? file.bytes : undefined);
  if (verify) {
    requireChecksum(id, 'sha256', content, file.sha256);
    requireChecksum(id, 'md5', content, file.md5);
    if (content !== raw) requireChecksum(id, 'sha256', raw, file.gzipSha256);
  }
  return content;
}

/** Whether a folder holds a file, as it is or with the ending `.gz`. */
export async function hasFile(directory: string, { name }: KnownFile): Promise<boolean> {
  const path = join(directory, name);
  return (await exists(path)) || exists(`${path}.gz`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function readIfThere(path: string, id: string, remedy: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new BasinlabError(id, 'the file must be readable', (cause as Error).message, { remedy, cause });
  }
}
