import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BasinlabError } from '@basinlab/tensor';
import { openPromise } from 'yauzl';

/** SHA-256 of a file, in hexadecimal digits. */
export async function fileSha256(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}

/** Refuses a file whose checksum is not the pinned one: cut off, damaged on the way, or another build. */
export async function requireSha256(id: string, path: string, sha256: string, signal?: AbortSignal): Promise<void> {
  const got = await fileSha256(path, signal);
  if (got === sha256) return;
  throw new BasinlabError(id, `a file with SHA-256 ${sha256}`, `${got} for ${path}`, {
    remedy: 'The file is cut off, damaged or another build: remove it and download it again',
  });
}

/** Unpacks a wheel (a zip file) into a folder, one file at a time: those whose name `wanted` accepts. */
export async function unpackWheel(
  id: string,
  path: string,
  folder: string,
  { signal, wanted = () => true }: { signal?: AbortSignal | undefined; wanted?: (name: string) => boolean } = {},
): Promise<void> {
  try {
    const zip = await openPromise(path);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !wanted(entry.fileName)) continue;
      const target = join(folder, entry.fileName); // yauzl refuses names that lead out of the folder.
      // Modes whatever the user's mask is: code is not loaded from where others can write.
      await mkdir(dirname(target), { recursive: true, mode: 0o755 });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { mode: 0o644 }), { signal });
    }
  } catch (cause) {
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BasinlabError(id, `a wheel that can be unpacked into ${folder}`, reason, { remedy: 'Is there room on the disk?', cause });
  }
}
