import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { keyFromSeed, normal, permutation, uniform } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { matchSemiPermutation, toSimplex, type UnitProducts } from './match.js';
import {
  applySemiPermutation,
  checkSemiPermutation,
  composeSemiPermutations,
  semiPermutation,
  type SemiPermutation,
} from './semi-permutation.js';

beforeAll(() => tf.setBackend('cpu'));

/** A random one of `units` units to `more`; about a fifth of what is new does nothing. */
function drawn(seed: number, units: number, more: number): SemiPermutation {
  const key = keyFromSeed(seed);
  const order = permutation(key, more);
  const chance = uniform(keyFromSeed(seed + 1), more);
  const sources = Int32Array.from(order, (at, i) => (at < units ? at : chance[i]! < 0.2 ? -1 : Math.floor(chance[i]! * units)));
  const raw = Float64Array.from(uniform(keyFromSeed(seed + 2), more), (u) => u + 0.1);
  const sums = new Float64Array(units);
  sources.forEach((source, i) => source >= 0 && (sums[source]! += raw[i]!));
  return { sources, shares: raw.map((value, i) => (sources[i]! < 0 ? 0 : value / sums[sources[i]!]!)), units };
}

const sizes = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 1e6 }));
const matrix = (seed: number, rows: number, columns: number): tf.Tensor2D =>
  tf.tensor2d(normal(keyFromSeed(seed), rows * columns), [rows, columns]);

describe('semi-permutations', () => {
  test('leave a layer of homogeneous units as it is, and any layer where what units write is split', () => {
    fc.assert(
      fc.property(sizes, ([units, further, seed]) => {
        const split = drawn(seed, units, units + further);
        checkSemiPermutation(split);
        const [into, out, x] = [matrix(seed, units, 3), matrix(seed + 1, 2, units), matrix(seed + 2, 5, 3)];
        const layer = (a: tf.Tensor, b: tf.Tensor, activation: (h: tf.Tensor) => tf.Tensor): tf.Tensor =>
          tf.matMul(activation(tf.matMul(x, a as tf.Tensor2D, false, true)) as tf.Tensor2D, b as tf.Tensor2D, false, true);
        const relu = layer(applySemiPermutation(into, 0, split, 'split'), applySemiPermutation(out, 1, split, 'copy'), tf.relu);
        expectAllclose(relu, layer(into, out, tf.relu), { rtol: 1e-4, atol: 1e-5 });
        const tanh = layer(applySemiPermutation(into, 0, split, 'copy'), applySemiPermutation(out, 1, split, 'split'), tf.tanh);
        expectAllclose(tanh, layer(into, out, tf.tanh), { rtol: 1e-4, atol: 1e-5 });
      }),
    );
  });

  test('compose as their matrices do', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 4 }), ([units, further, seed], more) => {
        const [first, second] = [drawn(seed, units, units + further), drawn(seed + 7, units + further, units + further + more)];
        const of = (one: SemiPermutation): tf.Tensor2D => applySemiPermutation(tf.eye(one.units), 0, one, 'split') as tf.Tensor2D;
        const both = composeSemiPermutations(first, second);
        expectAllclose(of(both), tf.matMul(of(second), of(first)), { rtol: 1e-5, atol: 1e-6 });
        const back = semiPermutation(of(second).dataSync(), second.sources.length, second.units);
        expect(Array.from(back.sources)).toEqual(Array.from(second.sources));
      }),
    );
  });

  test('other matrices are refused', () => {
    expect(() => semiPermutation([1, 0, 0, 0.5], 2, 2)).toThrow('semi-permutation: shares that sum to 1, got 0.5 for unit 1');
    expect(() => semiPermutation([0.5, 0.5, 0.5, 0.5], 2, 2)).toThrow('at most one entry above 0 in each row, got another in row 0');
    expect(() => semiPermutation([1, 0, -1, 1], 2, 2)).toThrow('entries of at least 0, got -1 at [1, 0]');
    expect(() => semiPermutation([1], 2, 1)).toThrow('2 x 1 numbers, got 1');
  });
});

const productsOf = (a: tf.Tensor2D, b: tf.Tensor2D): UnitProducts => ({
  ofA: tf.sum(tf.square(a), 1).dataSync(),
  ofB: tf.sum(tf.square(b), 1).dataSync(),
  between: tf.matMul(a, b, false, true).dataSync(),
});

describe('matchSemiPermutation', () => {
  test('recovers a planted one, shares and all', () => {
    fc.assert(
      fc.property(sizes, ([units, further, seed]) => {
        const split = drawn(seed, units, units + further);
        const [copied, shared] = [matrix(seed, units, 8), matrix(seed + 1, units, 8)];
        const found = matchSemiPermutation(
          productsOf(applySemiPermutation(copied, 0, split, 'copy') as tf.Tensor2D, copied),
          productsOf(applySemiPermutation(shared, 0, split, 'split') as tf.Tensor2D, shared),
        );
        expect(Array.from(found.semi.sources)).toEqual(Array.from(split.sources));
        expectAllclose(found.semi.shares, split.shares, { rtol: 0, atol: 1e-4 });
        expect(found.distance).toBeLessThan(1e-3);
      }),
    );
  });

  test('of unrelated units it is valid, and no single change of a source brings it closer', () => {
    const [units, more] = [3, 6];
    const [a, b] = [matrix(1, more, 5), matrix(2, units, 5)];
    const none: UnitProducts = { ofA: new Float32Array(more), ofB: new Float32Array(units), between: new Float32Array(more * units) };
    const { semi, distance } = matchSemiPermutation(productsOf(a, b), none);
    checkSemiPermutation(semi);
    const off = (sources: ArrayLike<number>): number =>
      tf.sum(tf.squaredDifference(a, applySemiPermutation(b, 0, { ...semi, sources: Int32Array.from(sources) }, 'copy'))).dataSync()[0]!;
    expect(distance).toBeCloseTo(off(semi.sources), 3);
    for (let i = 0; i < more; i++)
      for (let j = -1; j < units; j++) {
        const other = Array.from(semi.sources, (source, k) => (k === i ? j : source));
        if (Array.from({ length: units }, (_, unit) => unit).every((unit) => other.includes(unit)))
          expect(off(other)).toBeGreaterThan(distance - 1e-3);
      }
  });

  test('fewer units than there are to be split are refused', () => {
    const of = (rows: number, columns: number) => productsOf(matrix(1, rows, 2), matrix(2, columns, 2));
    expect(() => matchSemiPermutation(of(2, 3), of(2, 3))).toThrow('at most 2 units to be split into as many, got 3');
  });
});

test('the nearest point of the simplex', () => {
  expectAllclose(toSimplex([0.2, 0.8]), [0.2, 0.8], { rtol: 1e-12 });
  expectAllclose(toSimplex([2, 0, -5]), [1, 0, 0], { rtol: 0, atol: 1e-12 });
  expectAllclose(toSimplex([0, 0, 0, 0]), [0.25, 0.25, 0.25, 0.25], { rtol: 1e-12 });
});
