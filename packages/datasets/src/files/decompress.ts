import { BasinlabError } from '@basinlab/core';
import { gunzipSync } from 'node:zlib';

/** Whether the bytes begin as a gzip file does. */
export const isGzip = (file: Uint8Array): boolean => file[0] === 0x1f && file[1] === 0x8b;

/** What a file of unknown size may become: zeros can be packed a thousand to one, no data set comes near this. */
const unknown = (packed: number): number => 2 ** 26 + 100 * packed;

/**
 * The bytes of a file that may be gzipped.
 * @param most how many there may be, where that is known: whatever the file claims, no more memory is taken
 */
export function decompress(file: Uint8Array, id: string, most = unknown(file.length)): Uint8Array {
  if (!isGzip(file)) return file;
  try {
    return gunzipSync(file, { maxOutputLength: most });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new BasinlabError(id, `a gzip file of at most ${most} bytes unpacked`, 'more', {
        remedy: 'This is another file: fetch it again',
        cause,
      });
    throw new BasinlabError(id, 'a whole gzip file', message, { remedy: 'Fetch the file again', cause });
  }
}
