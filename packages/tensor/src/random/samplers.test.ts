import { describe, expect, test } from '@jest/globals';
import {
  bernoulli,
  childKey,
  dirichlet,
  foldIn,
  keyFromSeed,
  normal,
  nestedPermutation,
  permutation,
  randomBits,
  randomInt,
  split,
  uniform,
} from './index.js';
import { onNumbers } from './arithmetic.js';
import { fnv1a } from './key.js';
import { normalFrom } from './normal.js';
import { threefry2x32 } from './threefry.js';
import { uniformIn } from './uniform.js';

const key = keyFromSeed(11);

describe('Threefry', () => {
  // Known answers of the Random123 distribution (kat_vectors, threefry2x32 20).
  test.each([
    { key: [0, 0], counter: [0, 0], expected: [0x6b200159, 0x99ba4efe] },
    { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], expected: [0x1cb996fc, 0xbb002be7] },
    { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], expected: [0xc4923a9c, 0x483df7a0] },
  ])('known answer for key $key', ({ key: [k0, k1], counter: [high, low], expected }) => {
    const { first, second } = threefry2x32([k0!, k1!], Int32Array.of(high!), Int32Array.of(low!));
    expect([first[0]! >>> 0, second[0]! >>> 0]).toEqual(expected);
  });
});

describe('moments', () => {
  // Five standard errors: a correct sampler fails once in two million.
  const size = 100_000;
  test('uniform', () => {
    const { mean, variance } = moments(uniform(key, size, { min: -2, max: 3 }));
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * (5 / Math.sqrt(12))) / Math.sqrt(size));
    expect(Math.abs(variance / (25 / 12) - 1)).toBeLessThan((5 * Math.sqrt(0.8)) / Math.sqrt(size));
  });
  test('normal, and how many lie beyond one, two and three deviations', () => {
    const draws = normal(key, size, { mean: 1.5, deviation: 0.2 });
    const { mean, variance } = moments(draws);
    expect(Math.abs(mean - 1.5)).toBeLessThan((5 * 0.2) / Math.sqrt(size));
    expect(Math.abs(variance / 0.04 - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(size));
    for (const [deviations, share] of [
      [1, 0.3173105],
      [2, 0.0455003],
      [3, 0.0026998],
    ] as const) {
      const beyond = draws.filter((x) => Math.abs(x - 1.5) > deviations * 0.2).length;
      expect(Math.abs(beyond / size - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / size));
    }
  });
  test('randomInt hits every value equally often', () => {
    const counts = new Float64Array(7);
    for (const value of randomInt(key, size, -3, 4)) counts[value + 3]!++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - size / 7) ** 2 / (size / 7), 0);
    // 99.9999% quantile of chi-square with 6 degrees of freedom.
    expect(chiSquare).toBeLessThan(38.3);
  });
  test('bernoulli', () => {
    const { mean } = moments(bernoulli(key, size, 0.3));
    expect(Math.abs(mean - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / size));
  });
  test.each([[[0.1, 0.1, 0.1]], [[2.5, 0.5, 1]]])('dirichlet %j: means and variances of a point, which sums to 1', (concentrations) => {
    const draws = 20_000;
    const total = concentrations.reduce((sum, concentration) => sum + concentration, 0);
    const points = Array.from({ length: draws }, (_, i) => dirichlet(foldIn(key, i), concentrations));
    for (const point of points) expect(Math.abs(point.reduce((sum, share) => sum + share, 0) - 1)).toBeLessThan(1e-12);
    concentrations.forEach((concentration, at) => {
      const { mean, variance } = moments(Float32Array.from(points, (point) => point[at]!));
      const share = concentration / total;
      const expected = (share * (1 - share)) / (total + 1);
      expect(Math.abs(mean - share)).toBeLessThan(5 * Math.sqrt(expected / draws));
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.1);
    });
    expect(() => dirichlet(key, [1, 0])).toThrow('positive');
  });
  test('permutation puts each value anywhere equally often', () => {
    const counts = new Float64Array(25);
    for (let i = 0; i < 5000; i++) permutation(foldIn(key, i), 5).forEach((value, at) => counts[5 * value + at]!++);
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 99.9999% quantile of chi-square with 16 degrees of freedom.
    expect(chiSquare).toBeLessThan(57);
  });
  test('nestedPermutation takes each of the 2! 3!^2 orders that keep two nests together equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 7200; i++) {
      const order = nestedPermutation(foldIn(key, i), 6, 3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(72);
    for (const order of counts.keys()) expect(order).toMatch(/^([012]{3}[345]{3}|[345]{3}[012]{3})$/);
    // 99.9999% quantile of chi-square with 71 degrees of freedom.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)).toBeLessThan(140);
  });
});

describe('keys', () => {
  test('streams of different names, numbers and seeds are uncorrelated', () => {
    const size = 20_000;
    const keys = [
      ...['layers.0.weight', 'layers.1.weight', 'layers.0.bias', ''].map((name) => childKey(key, name)),
      ...[0, 1, 2].map((i) => foldIn(key, i)),
      ...split(keyFromSeed(12), 3),
    ];
    const streams = keys.map((each) => normal(each, size));
    for (let a = 0; a < streams.length; a++) {
      for (let b = 0; b < a; b++) {
        const same = JSON.stringify(keys[a]) === JSON.stringify(keys[b]);
        expect(same).toBe(false);
        let sum = 0;
        for (let i = 0; i < size; i++) sum += streams[a]![i]! * streams[b]![i]!;
        const correlation = sum / size;
        expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(size));
      }
    }
  });
  test('childKey hashes the UTF-8 bytes with FNV-1a', () => {
    // Published test values of the hash.
    expect([fnv1a(''), fnv1a('a'), fnv1a('foobar')]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
    expect(childKey(key, 'foobar')).toEqual(foldIn(key, 0xbf9cf968));
    expect(childKey(key, 'é')).not.toEqual(childKey(key, 'e'));
  });
});

describe('a stream', () => {
  test('is the same drawn at once or in parts', () => {
    const parts = [0, 1, 100, 612, 1000];
    const pieces = <T>(draw: (size: number, offset: number) => Iterable<T>): T[] =>
      parts.slice(1).flatMap((end, i) => [...draw(end - parts[i]!, parts[i]!)]);
    expect(pieces((size, offset) => randomBits(key, size, offset))).toEqual([...randomBits(key, 1000)]);
    expect(pieces((size, offset) => uniform(key, size, { min: -1, max: 2, offset }))).toEqual([...uniform(key, 1000, { min: -1, max: 2 })]);
    expect(pieces((size, offset) => normal(key, size, { offset }))).toEqual([...normal(key, 1000)]);
  });
  test('uses both counter words beyond 2^32', () => {
    expect(randomBits(key, 2, 2 ** 32 - 1)[1]).not.toBe(randomBits(key, 1)[0]);
    expect(randomBits(key, 1, 2 ** 32)[0]).toBe(xorOfBlock(1, 0));
  });
  test('may be empty', () => {
    expect([...randomBits(key, 0), ...uniform(key, 0), ...normal(key, 0), ...randomInt(key, 0, 0, 9), ...bernoulli(key, 0, 1)]).toEqual([]);
  });
});

describe('the extreme draws', () => {
  test('a normal is finite and 5.4 deviations from 0 at most, a uniform below 1', () => {
    const toNormal = normalFrom<number>(onNumbers, {});
    const toUniform = uniformIn<number>(onNumbers, {});
    expect([toUniform(0), toUniform(2 ** 23 - 1)]).toEqual([0, 1 - 2 ** -23]);
    expect(toNormal(0)).toBeCloseTo(-5.4198, 3);
    expect(toNormal(2 ** 23 - 1)).toBeCloseTo(5.2, 1);
    expect(toNormal(2 ** 22)).toBeCloseTo(2 ** -24 * Math.sqrt(Math.PI / 2), 12);
  });
  test('one value where the range is empty or has one integer', () => {
    expect([...uniform(key, 3, { min: 2, max: 2 })]).toEqual([2, 2, 2]);
    expect([...randomInt(key, 3, 5, 6)]).toEqual([5, 5, 5]);
  });
});

describe('what is refused', () => {
  test.each([
    [
      'keyFromSeed(0.5)',
      () => keyFromSeed(0.5),
      'keyFromSeed: the seed must be an integer below 2^53 in magnitude, got 0.5. Give larger seeds as bigint.',
    ],
    ['keyFromSeed(NaN)', () => keyFromSeed(NaN), 'the seed must be an integer'],
    ['keyFromSeed(2n ** 64n)', () => keyFromSeed(2n ** 64n), 'keyFromSeed: the seed must fit 64 bits, got 18446744073709551616n'],
    ['split(key, -1)', () => split(key, -1), 'split: the number of keys must be a whole number, got -1'],
    ['foldIn(key, 2 ** 32)', () => foldIn(key, 2 ** 32), 'foldIn: the number must be an integer of 32 bits, got 4294967296'],
    ['randomBits(key, -1)', () => randomBits(key, -1), 'randomBits: the size must be a whole number, got -1'],
    ['randomBits(key, 1, -1)', () => randomBits(key, 1, -1), 'randomBits: the offset must be a whole number, got -1'],
    [
      'uniform, max < min',
      () => uniform(key, 1, { min: 1, max: 0 }),
      'uniform: bounds with max - min zero or in [2^-64, 2^128), got [1,0]',
    ],
    ['uniform, NaN', () => uniform(key, 1, { max: NaN }), 'uniform: bounds'],
    ['randomInt, empty', () => randomInt(key, 1, 3, 3), 'randomInt: integers low < high in [-2^31, 2^31], got [3,3]'],
    ['permutation(key, 1.5)', () => permutation(key, 1.5), 'permutation: a whole number below 2^31, got 1.5'],
    ['nestedPermutation(key, 6, 4)', () => nestedPermutation(key, 6, 4), 'permutation: nests that divide 6, got 4'],
    ['bernoulli(1.1)', () => bernoulli(key, 1, 1.1), 'bernoulli: a probability in [0, 1], got 1.1'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const mean = Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, variance: Array.from(values).reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
}

function xorOfBlock(high: number, low: number): number {
  const { first, second } = threefry2x32(key, Int32Array.of(high), Int32Array.of(low));
  return (first[0]! ^ second[0]!) >>> 0;
}
