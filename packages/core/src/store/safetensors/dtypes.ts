/** Element types of the safetensors format that are read and written here. F16 and BF16 become float32 in memory. */
export type SafetensorsDtype = keyof typeof dtypes;

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

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

function floatBits(x: number): number {
  scratch.setFloat32(0, x);
  return scratch.getUint32(0);
}

function toHalf(x: number): number {
  const bits = floatBits(x);
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(Math.fround(x));
  if (Number.isNaN(size)) return sign | 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24);
  const exponent = ((bits >>> 23) & 255) - 127;
  // A fraction that rounds up to 1024 carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + roundToEven((size / 2 ** exponent - 1) * 1024));
}

function toBfloat(x: number): number {
  const bits = floatBits(x);
  if (Number.isNaN(x)) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Adding 2^52 leaves a double no fraction bits, so the hardware rounds to even. */
const roundToEven = (x: number): number => x + 2 ** 52 - 2 ** 52;
