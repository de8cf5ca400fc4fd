import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { bernoulli, foldIn, keyFromSeed, normal, permutation, randomBits, randomInt, split, uniform } from './index.js';
import type { Key } from './index.js';

interface Fixture {
  readonly key: Key;
  readonly seeds: { seed: string; key: number[] }[];
  readonly split: { count: number; keys: number[] }[];
  readonly foldIn: { data: number; key: number[] }[];
  readonly bits: { size: number; words: number[] }[];
  readonly bitsLong: { size: number; hash: number };
  readonly uniform: { range: [number, number]; words: number[]; size: number; hash: number }[];
  readonly normal: { size: number; words: number[] };
  readonly randomInt: { range: [number, number]; values: number[]; size: number; hash: number }[];
  readonly permutation: { n: number; values?: number[]; hash?: number }[];
  readonly bernoulli: { probability: number; values: number[] }[];
}

const jax = JSON.parse(readFileSync(new URL('fixtures/jax.json', import.meta.url), 'utf8')) as Fixture;
const { key } = jax;

describe('numbers of jax.random', () => {
  test('keyFromSeed', () => {
    for (const { seed, key: expected } of jax.seeds) {
      expect(keyFromSeed(BigInt(seed))).toEqual(expected);
      expect(keyFromSeed(Number(seed))).toEqual(expected);
    }
  });
  test('split', () => {
    for (const { count, keys } of jax.split) expect(split(key, count).flat()).toEqual(keys);
  });
  test('foldIn', () => {
    for (const { data, key: expected } of jax.foldIn) expect(foldIn(key, data)).toEqual(expected);
    expect(foldIn(key, -1)).toEqual(foldIn(key, 2 ** 32 - 1));
  });
  test('randomBits', () => {
    for (const { size, words } of jax.bits) expect([...randomBits(key, size)]).toEqual(words);
    expect(hash(randomBits(key, jax.bitsLong.size))).toBe(jax.bitsLong.hash);
  });
  test.each(jax.uniform)('uniform in $range', ({ range: [min, max], words, size, hash: expected }) => {
    expect(wordsOf(uniform(key, words.length, { min, max }))).toEqual(words);
    expect(hash(uniform(key, size, { min, max }))).toBe(expected);
  });
  test.each(jax.randomInt)('randomInt in $range', ({ range: [low, high], values, size, hash: expected }) => {
    expect([...randomInt(key, values.length, low, high)]).toEqual(values);
    expect(hash(randomInt(key, size, low, high))).toBe(expected);
  });
  test.each(jax.permutation)('permutation of $n', ({ n, values, hash: expected }) => {
    const order = permutation(key, n);
    if (values !== undefined) expect([...order]).toEqual(values);
    else expect(hash(order)).toBe(expected);
  });
  test.each(jax.bernoulli)('bernoulli($probability)', ({ probability, values }) => {
    expect([...bernoulli(key, values.length, probability)]).toEqual(values);
  });
  test('normal: nine of ten equal to the bit, all within 3 units in the last place', () => {
    const ours = wordsOf(normal(key, jax.normal.size));
    // Neighbouring floats of one sign have neighbouring words.
    const distances = ours.map((word, i) => Math.abs(word - jax.normal.words[i]!));
    expect(Math.max(...distances)).toBeLessThanOrEqual(3);
    expect(distances.filter((distance) => distance === 0).length / distances.length).toBeGreaterThan(0.9);
  });
});

function wordsOf(values: Float32Array): number[] {
  return [...new Uint32Array(values.buffer)];
}

/** FNV-1a of the bytes. */
function hash(values: Int32Array | Uint32Array | Float32Array): number {
  return new Uint8Array(values.buffer).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}
