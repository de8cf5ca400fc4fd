import { readFile } from 'node:fs/promises';
import type { ActivationBatch } from '@basinlab/tensor';
import type { FromArrowOptions } from '../arrow/index.js';
import { atomicWrite } from './atomic-write.js';
import { fileError } from './file-error.js';

/** Writes activation batches of one schema as an Arrow IPC file, atomically; it opens in pyarrow and DuckDB. */
export async function writeArrow(path: string, batches: Iterable<ActivationBatch> | AsyncIterable<ActivationBatch>): Promise<void> {
  // Only who stores activations pays for loading Arrow.
  const { encodeArrow } = await import('../arrow/index.js');
  await atomicWrite(path, await encodeArrow(batches));
}

/** Reads activation batches from an Arrow IPC file or stream, written here or elsewhere. The caller disposes their tensors. */
export async function readArrow(path: string, options: FromArrowOptions = {}): Promise<ActivationBatch[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, 'must be a readable Arrow file', error);
  });
  const { decodeArrow } = await import('../arrow/index.js');
  return decodeArrow(bytes, { ...options, id: path });
}
