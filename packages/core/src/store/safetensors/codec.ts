import { demand } from '@basinlab/tensor';
import { dtypeOf, dtypes, kindOf, narrow, widen } from './dtypes.js';
import type { SafetensorsDtype, TensorData } from './dtypes.js';
import { parseHeader } from './header.js';

/** One named array of a safetensors file. F16 and BF16 are held as float32, BOOL as bytes 0 and 1, I64 and U64 as bigints. */
export interface StoredTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Tensors and metadata of a safetensors file. */
export interface SafetensorsContent {
  readonly tensors: Record<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file. Arrays are views of `bytes` where alignment allows it: do not change `bytes` afterwards.
 * Throws where the header is no JSON, repeats a name, or does not account for every byte of the file.
 * @param id what errors call the file, for example its path
 */
export function decodeSafetensors(bytes: Uint8Array, id = 'safetensors'): SafetensorsContent {
  const { entries, metadata } = parseHeader(bytes, id);
  const tensors = entries.map(({ name, dtype, shape, begin, end }) => {
    return [name, { dtype, shape, data: decodeArray(dtype, bytes.subarray(begin, end)) }] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/** Little-endian bytes as numbers: a view of them where alignment allows it, for all but halves. */
export function decodeArray(dtype: SafetensorsDtype, bytes: Uint8Array): TensorData {
  const { array, bytes: size } = dtypes[dtype];
  // Not `bytes.slice`: of a Buffer that is a view too.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return widen(dtype, new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / size));
}

/** Named arrays to be written; `dtype` defaults to the array's own, with F16 or BF16 float32 data are rounded to nearest even. */
export type TensorsToWrite = Readonly<
  Record<string, { readonly dtype?: SafetensorsDtype; readonly shape: readonly number[]; readonly data: TensorData }>
>;

/** The bytes of a safetensors file: header padded to 8 bytes, wide types first, so that every tensor is aligned; the same content gives the same bytes. */
export function encodeSafetensors(tensors: TensorsToWrite, metadata: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
  const parts = safetensorsParts(tensors, metadata);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Those bytes in parts, in order: the header, which is the caller's, then views of the arrays; only what is rounded is copied. */
export function safetensorsParts(
  tensors: TensorsToWrite,
  metadata: Readonly<Record<string, string>> = {},
): readonly [header: Uint8Array<ArrayBuffer>, ...arrays: Uint8Array[]] {
  const items = Object.entries(tensors).map(([name, tensor]) => prepare(name, tensor));
  items.sort((a, b) => dtypes[b.dtype].bytes - dtypes[a.dtype].bytes || (a.name < b.name ? -1 : 1));

  let end = 0;
  const entries = items.map(({ name, dtype, shape, stored }) => [name, { dtype, shape, data_offsets: [end, (end += stored.byteLength)] }]);
  const names = Object.keys(metadata).sort();
  const header = JSON.stringify({
    ...(names.length > 0 && { __metadata__: Object.fromEntries(names.map((name) => [name, metadata[name]])) }),
    ...Object.fromEntries(entries),
  });
  const text = new TextEncoder().encode(header);
  const dataStart = 8 + Math.ceil(text.length / 8) * 8;
  const start = new Uint8Array(dataStart);
  new DataView(start.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  start.set(text, 8);
  start.fill(0x20, 8 + text.length);
  return [start, ...items.map(({ stored }) => new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength))];
}

function prepare(name: string, { dtype, shape, data }: { dtype?: SafetensorsDtype; shape: readonly number[]; data: TensorData }) {
  const who = `tensor "${name}"`;
  demand(name !== '__metadata__' && name !== '__proto__', who, 'name must not be reserved', name);
  const type = dtype ?? dtypeOf(data);
  const count = shape.reduce((product, n) => product * n, 1);
  demand(
    shape.every((n) => Number.isSafeInteger(n) && n >= 0) && count === data.length,
    who,
    `shape must describe its ${data.length} values`,
    shape,
  );
  const holds = type === 'F16' || type === 'BF16' ? Float32Array : dtypes[type].array;
  demand(kindOf(data) === holds.name, who, `${type} must be given as ${holds.name}`, kindOf(data));
  return { name, dtype: type, shape, stored: narrow(type, data) };
}
