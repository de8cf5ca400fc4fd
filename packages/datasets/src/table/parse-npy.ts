/**
 * The .npy format of numpy: six bytes of magic, a version, the length of a header, the header as a Python dictionary with type, order and shape,
 * then the values (numpy.lib.format). Types that hold objects would need Python, and are refused.
 */
import { demand } from '@basinlab/core';
import type { Column } from './column.js';

const MAGIC = [0x93, ...[...'NUMPY'].map((character) => character.charCodeAt(0))];
const HEADER = /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/;
const TRUNCATED = 'The file is truncated';

const types = {
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  b1: Uint8Array,
} as const;

/** Reads a .npy file of little-endian numbers in row-major order. int64 becomes float64, and must be exact in it; `id` names the file in errors. */
export function parseNpy(bytes: Uint8Array, id = 'npy'): Column {
  demand(
    MAGIC.every((byte, at) => bytes[at] === byte),
    id,
    'a .npy file, which begins with \\x93NUMPY',
    `${bytes.length} bytes of another kind`,
  );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  demand(version === 1 || version === 2 || version === 3, id, 'version 1, 2 or 3 of the format', version ?? 'nothing', TRUNCATED);
  const start = version === 1 ? 10 : 12;
  demand(bytes.length >= start, id, `${start} bytes before the header`, `${bytes.length} bytes`, TRUNCATED);
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  demand(bytes.length >= end, id, `a header up to byte ${end}`, `${bytes.length} bytes`, TRUNCATED);
  const header = new TextDecoder().decode(bytes.subarray(start, end));
  const parts = HEADER.exec(header);
  demand(parts !== null, id, 'a header with descr, fortran_order and shape', header.trim());
  const [, type, fortran, dimensions] = parts as unknown as [string, string, string, string];
  const array = types[type.replace(/^[<|=]/, '') as keyof typeof types] as (typeof types)[keyof typeof types] | undefined;
  demand(
    array !== undefined,
    id,
    `one of the types ${Object.keys(types).join(', ')}, little-endian`,
    type,
    'Convert it: numpy.save(path, x.astype("float32"))',
  );
  const shape = dimensions.split(',').flatMap((length) => (length.trim() === '' ? [] : [Number(length)]));
  demand(
    fortran === 'False' || shape.length < 2,
    id,
    'values in row-major order',
    'Fortran order',
    'Convert it: numpy.ascontiguousarray(x)',
  );
  const count = shape.reduce((product, length) => product * length, 1);
  const size = end + count * array.BYTES_PER_ELEMENT;
  demand(
    bytes.length === size,
    id,
    `${size} bytes for shape [${shape.join(', ')}]`,
    `${bytes.length} bytes`,
    bytes.length < size ? TRUNCATED : undefined,
  );
  // A copy of its own: values of a file need not be aligned.
  const data = new array(new Uint8Array(bytes.subarray(end)).buffer);
  return { shape, data: data instanceof BigInt64Array ? exact(data, id) : data };
}

/** int64 as float64. */
export function exact(values: BigInt64Array | BigUint64Array, id: string): Float64Array {
  return Float64Array.from(values, (value) => {
    const number = Number(value);
    demand(Number.isSafeInteger(number), id, 'whole numbers below 2^53', String(value));
    return number;
  });
}
