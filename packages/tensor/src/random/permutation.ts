import { demand } from '../errors.js';
import { randomBits } from './bits.js';
import type { Key } from './key.js';
import { childKey, foldIn, split } from './key.js';

/**
 * A random order of 0 .. n-1, as `jax.random.permutation(key, n)`: sorts by random words, as often as it takes to make the effect of
 * equal words negligible (once up to n = 1625, twice up to 2.6 million).
 */
export function permutation(key: Key, n: number): Int32Array {
  checkCount(n);
  let order = ascending(n);
  let next = key;
  for (let round = 0; round < shuffleRounds(n); round++) {
    const [carried, used] = split(next) as [Key, Key];
    next = carried;
    order = sortedBy(randomBits(used, n), order);
  }
  return order;
}

/**
 * A random order of 0 .. n-1 that keeps nests of `nest` consecutive numbers together: a random order of the nests, and one within each.
 * @throws BasinlabError where nests do not divide n
 */
export function nestedPermutation(key: Key, n: number, nest: number): Int32Array {
  demand(nest > 0 && Number.isInteger(n / nest), 'permutation', `nests that divide ${n}`, nest);
  const nests = permutation(childKey(key, 'nests'), n / nest);
  const within = Array.from(nests, (_, to) => permutation(foldIn(key, to), nest));
  return Int32Array.from({ length: n }, (_, at) => nests[Math.floor(at / nest)]! * nest + within[Math.floor(at / nest)]![at % nest]!);
}

/** How many sorts a shuffle of n values takes: ceil(3 ln n / ln(2^32 - 1)). */
export function shuffleRounds(n: number): number {
  return Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1));
}

/** Refuses counts that an int32 index cannot reach. */
export function checkCount(n: number): void {
  demand(Number.isInteger(n) && n >= 0 && n < 2 ** 31, 'permutation', 'a whole number below 2^31', n);
}

/** 0 .. n-1. A loop, since `Int32Array.from` with a function takes twenty times as long. */
function ascending(n: number): Int32Array<ArrayBuffer> {
  const values = new Int32Array(n);
  for (let i = 0; i < n; i++) values[i] = i;
  return values;
}

/** `values` in ascending order of their words; equal words keep their order. Radix sort by digits as wide as the count makes worth it. */
function sortedBy(words: Uint32Array, values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const bits = words.length < 2 ** 14 ? 8 : 16;
  const mask = 2 ** bits - 1;
  let positions = ascending(words.length);
  for (let shift = 0; shift < 32; shift += bits) {
    const starts = new Int32Array(2 ** bits + 1);
    for (const word of words) starts[((word >>> shift) & mask) + 1]!++;
    for (let digit = 0; digit < mask; digit++) starts[digit + 1]! += starts[digit]!;
    const sorted = new Int32Array(words.length);
    for (const position of positions) sorted[starts[(words[position]! >>> shift) & mask]!++] = position;
    positions = sorted;
  }
  return positions.map((position) => values[position]!);
}
