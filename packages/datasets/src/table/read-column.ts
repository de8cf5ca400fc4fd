import { BasinlabError, demand } from '@basinlab/core';
import { decodeSafetensors } from '@basinlab/core/safetensors';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { requireChecksum } from '../files/checksum.js';
import type { Column } from './column.js';
import { exact, parseNpy } from './parse-npy.js';

/** Endings of the files that columns can be read from. */
export const TABLE_ENDINGS = ['.npy', '.safetensors', '.arrow', '.feather', '.ipc'] as const;

/**
 * Reads a column of a file: the array of a .npy file, the tensor `name` of a safetensors file, or the column `name` of an Arrow IPC file.
 * @param sha256 of the file, where it must have a certain one
 * @throws BasinlabError that names the file, for one that is missing, damaged, of another kind or checksum, and that lists the names it has
 */
export async function readColumn(path: string, name: string, sha256?: string): Promise<Column> {
  const ending = extname(path).toLowerCase();
  demand((TABLE_ENDINGS as readonly string[]).includes(ending), 'table', `a file that ends in ${TABLE_ENDINGS.join(', ')}`, path);
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new BasinlabError('table', 'the file must be readable', cause.message, { remedy: 'Check the path', cause });
  });
  requireChecksum(path, 'sha256', bytes, sha256, 'The file is damaged or another one than when options.sha256 was written');
  const column =
    ending === '.npy'
      ? parseNpy(bytes, path)
      : ending === '.safetensors'
        ? fromSafetensors(bytes, path, name)
        : await fromArrowFile(bytes, path, name);
  demand(column.shape.length > 0, path, 'rows, so at least one dimension', 'one number');
  return column;
}

function fromSafetensors(bytes: Uint8Array, path: string, name: string): Column {
  const { tensors } = decodeSafetensors(bytes, path);
  const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  demand(tensor !== undefined, path, `a tensor called one of ${Object.keys(tensors).join(', ')}`, name);
  const { shape, data } = tensor;
  return { shape, data: data instanceof BigInt64Array || data instanceof BigUint64Array ? exact(data, `${path}: ${name}`) : data };
}

async function fromArrowFile(bytes: Uint8Array, path: string, name: string): Promise<Column> {
  // Arrow is large: only its files need it.
  const { decodeArrow } = await import('@basinlab/core/arrow');
  const batches = await decodeArrow(bytes, { id: path, columns: [name] });
  const parts = await Promise.all(
    batches.map(async ({ columns }) => {
      const { tensor } = columns[0]!;
      try {
        return { width: tensor.shape[1]!, data: (await tensor.data()) as Float32Array };
      } finally {
        tensor.dispose();
      }
    }),
  );
  const width = parts[0]?.width ?? 1;
  demand(
    parts.every((part) => part.width === width),
    path,
    `rows of ${width} numbers in each batch of column "${name}"`,
    parts.map((part) => part.width),
  );
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { shape: width === 1 ? [data.length] : [data.length / width, width], data };
}
