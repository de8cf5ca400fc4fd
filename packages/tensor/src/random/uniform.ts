import { demand } from '../errors.js';
import type { Float32Arithmetic } from './arithmetic.js';
import { onNumbers } from './arithmetic.js';
import { randomBits } from './bits.js';
import type { Key } from './key.js';

/** Bounds of uniform samples. */
export interface UniformRange {
  /** Lower bound, included. Default 0. */
  readonly min?: number;
  /** Upper bound, excluded (but a result may round to it, as in JAX). Default 1. */
  readonly max?: number;
}

/**
 * `size` float32 numbers, uniform in [min, max), as `jax.random.uniform(key, [size], minval=min, maxval=max)`: 23 random bits each.
 * `offset` starts at a later position of the same stream.
 */
export function uniform(key: Key, size: number, { offset = 0, ...range }: UniformRange & { readonly offset?: number } = {}): Float32Array {
  const toRange = uniformIn<number>(onNumbers, range);
  const bits = randomBits(key, size, offset);
  // Each number takes the place of its bits.
  const out = new Float32Array(bits.buffer);
  for (let i = 0; i < size; i++) out[i] = toRange(bits[i]! >>> 9);
  return out;
}

/**
 * The function from a random integer k in [0, 2^23) to k 2^-23 (max - min) + min, bounds and their difference rounded to float32.
 *
 * JAX's compiler fuses product and sum into one rounding. To get the same bits without relying on that, the product is taken in four exact
 * parts and the rounding errors of the sums (Knuth's two-sum) are added last; only a result within 2^-24 of a rounding boundary can differ.
 */
export function uniformIn<T>(on: Float32Arithmetic<T>, { min = 0, max = 1 }: UniformRange): (k: T) => T {
  const low = Math.fround(min);
  const span = Math.fround(Math.fround(max) - low);
  demand(span === 0 || (span >= 2 ** -64 && span < Infinity), 'uniform', 'bounds with max - min zero or in [2^-64, 2^128)', [min, max]);
  const [scaleHigh, scaleLow] = halves(span).map((half) => half * 2 ** -23) as [number, number];
  if (scaleHigh === 0 || (Number.isInteger(Math.log2(scaleHigh)) && scaleLow === 0)) {
    return (k) => on.plus(on.timesExactly(k, scaleHigh), low);
  }
  return (k) => {
    const kHigh = on.timesExactly(on.floor(on.timesExactly(k, 2 ** -12)), 2 ** 12);
    const kLow = on.minus(k, kHigh);
    let [sum, error] = twoSum(on, on.timesExactly(kHigh, scaleHigh), low);
    for (const part of [on.timesExactly(kLow, scaleHigh), on.timesExactly(kHigh, scaleLow), on.timesExactly(kLow, scaleLow)]) {
      const [next, rounding] = twoSum(on, sum, part);
      sum = next;
      error = on.plus(error, rounding);
    }
    return on.plus(sum, error);
  };
}

/** a + b rounded, and what the rounding lost, exactly. */
function twoSum<T>(on: Float32Arithmetic<T>, a: T, b: T | number): [T, T] {
  const sum = on.plus(a, b);
  const bRounded = on.minus(sum, a);
  const aRounded = on.minus(sum, bRounded);
  const bError = typeof b === 'number' ? on.plus(on.timesExactly(bRounded, -1), b) : on.minus(b, bRounded);
  return [sum, on.plus(on.minus(a, aRounded), bError)];
}

/** A float32 as the sum of its upper and lower 12 significant bits. */
function halves(value: number): [number, number] {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]! &= 0xfffff000;
  const high = new Float32Array(bits.buffer)[0]!;
  return [high, value - high];
}
