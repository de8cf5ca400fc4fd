import type { DType } from './types.js';
import { elementTypes, mlirType } from './types.js';

/** Elements of a constant: one number for a splat, raw little-endian bytes of all elements otherwise. */
export type Literal = number | bigint | Uint8Array;

/** Text of a `dense` attribute that keeps every bit: NaN payload-free, infinities, negative zero, subnormals. */
export function literalText(value: Literal, shape: readonly number[], dtype: DType): string {
  const type = mlirType({ shape, dtype });
  if (value instanceof Uint8Array)
    return value.length === 0
      ? `dense<> : ${type}`
      : `dense<"0x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex').toUpperCase()}"> : ${type}`;
  return `dense<${splatText(value, dtype)}> : ${type}`;
}

function splatText(value: number | bigint, dtype: DType): string {
  const { kind } = elementTypes[dtype];
  if (kind === 'bool') return value ? 'true' : 'false';
  if (kind !== 'float') return typeof value === 'bigint' ? value.toString() : BigInt(Math.trunc(value)).toString();
  const x = Number(value);
  if (!Number.isFinite(x) || Object.is(x, -0)) return specialFloat(x, dtype);
  const digits = (dtype === 'float32' ? Math.fround(x) : x).toExponential();
  if (dtype === 'float32' && !Number.isFinite(Math.fround(x))) return specialFloat(Math.sign(x) * Infinity, dtype);
  return digits.includes('.') ? digits : digits.replace('e', '.0e');
}

/** Bits of +inf, NaN and -0 by width: sign, exponent and one fraction bit. */
const special: Partial<Record<DType, { infinity: bigint; nan: bigint; sign: bigint }>> = {
  float32: { infinity: 0x7f800000n, nan: 0x7fc00000n, sign: 0x80000000n },
  float64: { infinity: 0x7ff0000000000000n, nan: 0x7ff8000000000000n, sign: 0x8000000000000000n },
  float16: { infinity: 0x7c00n, nan: 0x7e00n, sign: 0x8000n },
  bfloat16: { infinity: 0x7f80n, nan: 0x7fc0n, sign: 0x8000n },
};

function specialFloat(x: number, dtype: DType): string {
  const bits = special[dtype]!;
  const pattern = Number.isNaN(x) ? bits.nan : (x === 0 ? 0n : bits.infinity) | (x < 0 || Object.is(x, -0) ? bits.sign : 0n);
  return `0x${pattern
    .toString(16)
    .toUpperCase()
    .padStart(2 * elementTypes[dtype].bytes, '0')}`;
}
