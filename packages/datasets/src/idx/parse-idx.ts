/**
 * The IDX format of the original MNIST files: four bytes of magic (0, 0, type of the values, number of dimensions), each dimension as a big-endian
 * 32-bit integer, then the values in row-major order. Only unsigned bytes (type 8) are read, the type of every published image set.
 */
import { demand } from '@basinlab/core';
import { decompress } from '../files/decompress.js';

/** Bytes of an IDX file and their shape. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** A view into the file's bytes where they are not compressed. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 8;

/** Reads an IDX file, gzipped or not. `id` names the file in errors: compression, magic, type, truncation and trailing bytes are checked. */
export function parseIdx(file: Uint8Array, id = 'idx'): IdxArray {
  const bytes = decompress(file, id);
  demand(bytes.length >= 4, id, 'at least the 4 bytes of the magic number', `${bytes.length} bytes`, TRUNCATED);
  demand(bytes[0] === 0 && bytes[1] === 0, id, 'an IDX file, which begins with two zero bytes', hex(bytes.subarray(0, 4)));
  demand(bytes[2] === UNSIGNED_BYTE, id, 'values of type 8, unsigned bytes', bytes[2]);
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  demand(bytes.length >= start, id, `${start} bytes of header for ${rank} dimensions`, `${bytes.length} bytes`, TRUNCATED);
  const header = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));
  const size = start + shape.reduce((product, length) => product * length, 1);
  demand(bytes.length >= size, id, `${size} bytes for shape [${shape.join(', ')}]`, `${bytes.length} bytes`, TRUNCATED);
  demand(bytes.length === size, id, `${size} bytes for shape [${shape.join(', ')}]`, `${bytes.length - size} bytes more`);
  return { shape, data: bytes.subarray(start) };
}

const TRUNCATED = 'The file is truncated: fetch it again';

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
