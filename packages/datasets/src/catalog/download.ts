import { BasinlabError, demand } from '@basinlab/core';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What is fetched from where, and how to know it. */
export interface RemoteFile {
  readonly url: string;
  /** Size, where it is known: for progress before the server says it, and to refuse others early. */
  readonly bytes?: number;
  readonly checksum: { readonly algorithm: 'sha256' | 'md5'; readonly hex: string };
}

export interface DownloadOptions {
  /** Bytes on the disk so far, and how many there will be (null where nobody says). */
  readonly onProgress?: ((progress: { readonly bytes: number; readonly total: number | null }) => void) | undefined;
  /** Aborting keeps what has arrived; the next call goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** How often a connection that breaks is taken up again without a byte of progress. */
  readonly attempts?: number;
}

/** A connection that broke on the way: worth another attempt. */
class Interrupted extends Error {}

/**
 * Downloads a file to `path` in one step at the end: bytes go to `path.part`, which a later call (after a cut, an abort or a crash) continues
 * with a Range request if the server still has the same file; then the checksum is compared, and the file takes its name.
 * @throws BasinlabError for an answer other than success, a size or checksum that is not the published one, and a broken connection
 */
export async function download(
  id: string,
  file: RemoteFile,
  path: string,
  { onProgress, signal, attempts = 3 }: DownloadOptions = {},
): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  for (let failures = 0; ;) {
    const before = await sizeOf(part);
    try {
      await transfer(id, file, part, onProgress, signal);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Interrupted)) throw error;
      failures = (await sizeOf(part)) > before ? 0 : failures + 1;
      if (failures < attempts) continue;
      const remedy = 'Check the connection and run the same command again: it continues where it stopped';
      throw new BasinlabError(id, `${file.url} must be reachable`, error.message, { remedy, cause: error.cause });
    }
  }
  const { algorithm, hex } = file.checksum;
  const hash = createHash(algorithm);
  await pipeline(createReadStream(part, { highWaterMark: 1 << 20 }), hash, { signal });
  const got = hash.digest('hex');
  if (got !== hex) await forget(part);
  demand(
    got === hex,
    id,
    `${algorithm} ${hex} of ${file.url}`,
    got,
    'What arrived was thrown away: run the same command again, or fetch the file by hand',
  );
  await rename(part, path);
  await forget(part);
}

async function transfer(
  id: string,
  { url, bytes: expected }: RemoteFile,
  part: string,
  onProgress: DownloadOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<void> {
  const have = await sizeOf(part);
  const tag = have > 0 ? await readFile(`${part}.etag`, 'utf8').catch(() => '') : '';
  // If-Range: a server whose file is another one by now sends all of it.
  const headers = have > 0 ? { range: `bytes=${have}-`, ...(tag === '' ? {} : { 'if-range': tag }) } : {};
  const answer = await interruptible(fetch(url, { headers, redirect: 'follow', ...(signal === undefined ? {} : { signal }) }), signal);
  if (answer.status === 416) {
    await answer.body?.cancel();
    const total = Number(/\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1]);
    // Nothing is left to send where all has arrived; the checksum decides. Otherwise the part is of no use.
    if (total === have) return;
    await forget(part);
    throw new Interrupted('a part that does not fit');
  }
  if (!answer.ok || answer.body === null) {
    await answer.body?.cancel();
    const remedy = `Fetch ${url} by hand, or try again later`;
    throw new BasinlabError(id, `${url} must be there`, `${answer.status} ${answer.statusText}`, { remedy });
  }
  const start = answer.status === 206 ? Number(/^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')?.[1]) : 0;
  demand(start === 0 || start === have, id, `an answer from byte ${have}`, answer.headers.get('content-range'));
  const length = answer.headers.get('content-length');
  const total = length === null || answer.headers.has('content-encoding') ? (expected ?? null) : start + Number(length);
  demand(
    expected === undefined || total === null || total === expected,
    id,
    `${expected} bytes at ${url}`,
    total,
    'The publisher has another file there by now',
  );
  await writeFile(`${part}.etag`, answer.headers.get('etag') ?? '');
  const output = await open(part, start === 0 ? 'w' : 'a');
  try {
    await append(output, answer.body, start, total, onProgress, signal);
    await output.sync();
  } finally {
    await output.close();
  }
}

async function append(
  output: FileHandle,
  body: ReadableStream<Uint8Array>,
  start: number,
  total: number | null,
  onProgress: DownloadOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<void> {
  let bytes = start;
  onProgress?.({ bytes, total });
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await interruptible(reader.read(), signal);
    if (done) break;
    await output.write(value);
    bytes += value.length;
    onProgress?.({ bytes, total });
  }
  if (total !== null && bytes < total) throw new Interrupted(`the end of the connection after ${bytes} of ${total} bytes`);
}

/** Marks what goes wrong with a connection, other than an abort, as worth another attempt. */
async function interruptible<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    signal?.throwIfAborted();
    const { message, cause: inner } = cause as Error;
    throw new Interrupted(inner instanceof Error && inner.message !== '' ? inner.message : message, { cause });
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

async function forget(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.etag`, { force: true });
}
