import { readFile } from 'node:fs/promises';
import { demand } from '@basinlab/tensor';
import type { ActivationBatch } from '@basinlab/tensor';
import type { FromArrowOptions } from '../arrow/index.js';
import { atomicWrite } from './atomic-write.js';

/** Writes activation batches of one schema as an Arrow IPC file, atomically; it opens in pyarrow and DuckDB. */
export async function writeArrow(path: string, batches: Iterable<ActivationBatch> | AsyncIterable<ActivationBatch>): Promise<void> {
  // Only who stores activations pays for loading Arrow.
  const { encodeArrow } = await import('../arrow/index.js');
  await atomicWrite(path, await encodeArrow(batches));
}

/** Reads activation batches from an Arrow IPC file or stream, written here or elsewhere. The caller disposes their tensors. */
export async function readArrow(path: string, options: FromArrowOptions = {}): Promise<ActivationBatch[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    demand(false, path, 'must be a readable Arrow file', error.code ?? error.message);
  });
  const { decodeArrow } = await import('../arrow/index.js');
  return decodeArrow(bytes, { ...options, id: path });
}
