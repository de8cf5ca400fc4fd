import { BasinlabError } from '@basinlab/core';
import { gunzipSync } from 'node:zlib';

/** Whether the bytes begin as a gzip file does. */
export const isGzip = (file: Uint8Array): boolean => file[0] === 0x1f && file[1] === 0x8b;

/** The bytes of a file that may be gzipped. */
export function decompress(file: Uint8Array, id: string): Uint8Array {
  if (!isGzip(file)) return file;
  try {
    return gunzipSync(file);
  } catch (cause) {
    throw new BasinlabError(id, 'a whole gzip file', (cause as Error).message, { remedy: 'Fetch the file again', cause });
  }
}
