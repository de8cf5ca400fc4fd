import { demand } from '../errors.js';
import { randomBits } from './bits.js';
import type { Key } from './key.js';
import { split } from './key.js';

const { imul } = Math;

/**
 * `size` integers, uniform in [low, high), as `jax.random.randint(key, [size], low, high)` with dtype int32. `high <= low` is refused.
 * Bounds are of 32 bits, `high` up to 2^31.
 */
export function randomInt(key: Key, size: number, low: number, high: number): Int32Array {
  const { span, multiplier } = integerRange(low, high);
  const [higher, lower] = split(key).map((half) => randomBits(half, size));
  const out = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const offset = ((imul(higher![i]! % span, multiplier) + (lower![i]! % span)) >>> 0) % span;
    out[i] = low + offset;
  }
  return out;
}

/** Number of values in [low, high), and 2^32 modulo that number as JAX computes it (the square wraps at 2^32). */
export function integerRange(low: number, high: number): { span: number; multiplier: number } {
  const valid = Number.isInteger(low) && Number.isInteger(high) && low >= -(2 ** 31) && high <= 2 ** 31 && low < high;
  demand(valid, 'randomInt', 'integers low < high in [-2^31, 2^31]', [low, high]);
  const span = high - low;
  const root = 2 ** 16 % span;
  // Not 2^32 % span: for spans above 2^16 JAX's product wraps to 0, which leaves the lower word alone.
  return { span, multiplier: (imul(root, root) >>> 0) % span };
}
