/** Element types of the safetensors format that are read and written here. F16 and BF16 become float32 in memory. */
export type SafetensorsDtype = keyof typeof dtypes;
import { fromHalf, toBfloat, toHalf } from '../../half.js';

/** Numbers of a stored tensor, by its dtype. */
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** Bytes per element in the file and the typed array of the stored bits. */
export const dtypes = {
  F64: { bytes: 8, array: Float64Array },
  I64: { bytes: 8, array: BigInt64Array },
  U64: { bytes: 8, array: BigUint64Array },
  F32: { bytes: 4, array: Float32Array },
  I32: { bytes: 4, array: Int32Array },
  U32: { bytes: 4, array: Uint32Array },
  F16: { bytes: 2, array: Uint16Array },
  BF16: { bytes: 2, array: Uint16Array },
  I16: { bytes: 2, array: Int16Array },
  U16: { bytes: 2, array: Uint16Array },
  I8: { bytes: 1, array: Int8Array },
  U8: { bytes: 1, array: Uint8Array },
  BOOL: { bytes: 1, array: Uint8Array },
} as const;

/** Bytes that a stored number takes. */
export const bytesPerElement = (dtype: SafetensorsDtype): number => dtypes[dtype].bytes;

export function isDtype(name: unknown): name is SafetensorsDtype {
  return typeof name === 'string' && Object.hasOwn(dtypes, name);
}

/** Stored bits -> numbers in memory: halves widen to float32 (exactly), every other type is the array itself. */
export function widen(dtype: SafetensorsDtype, stored: TensorData): TensorData {
  if (dtype === 'F16') return Float32Array.from(stored as Uint16Array, fromHalf);
  if (dtype !== 'BF16') return stored;
  return new Float32Array(Uint32Array.from(stored as Uint16Array, (bits) => bits << 16).buffer);
}

/** Numbers in memory -> stored bits: float32 narrows to halves, rounding to nearest even. */
export function narrow(dtype: SafetensorsDtype, data: TensorData): TensorData {
  if (dtype !== 'F16' && dtype !== 'BF16') return data;
  return Uint16Array.from(data as Float32Array, dtype === 'F16' ? toHalf : toBfloat);
}

/** The element type that keeps a typed array as it is. */
export function dtypeOf(data: TensorData): SafetensorsDtype {
  const name = kindOf(data);
  if (name === 'Uint8Array') return 'U8';
  if (name === 'Uint16Array') return 'U16';
  return (Object.keys(dtypes) as SafetensorsDtype[]).find((dtype) => dtypes[dtype].array.name === name)!;
}

/** Name of the typed array's kind; unlike `instanceof` it also knows arrays of other realms (workers, vm contexts) and Node's Buffer. */
export const kindOf = (data: TensorData): string => data[Symbol.toStringTag];
