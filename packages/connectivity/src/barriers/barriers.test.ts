import { describe, expect, test } from '@jest/globals';
import { foldIn, keyFromSeed } from '@basinlab/core/random';
import { Matrix } from 'ml-matrix';
import { chainProduct, type Chain } from '../curves/chain-curve.js';
import { frobenius, randomMatrix } from '../linear-algebra/index.js';
import {
  bestPermutation,
  factorForBarrier,
  forward,
  interpolateChains,
  leakyRelu,
  productDefect,
  rectifiedPower,
  rescale,
  rescaledPathLoss,
} from './index.js';

const key = keyFromSeed(4);
const network = (sizes: readonly number[]): Chain =>
  sizes.slice(1).map((rows, layer) => randomMatrix(foldIn(key, layer), rows, sizes[layer]!, 0.7));
const square = (a: Matrix): number => frobenius(a) ** 2;

describe('rescaling', () => {
  test.each([
    ['leaky ReLU', leakyRelu(0.1), 2],
    ['leaky ReLU', leakyRelu(0.1), 10],
    ['leaky ReLU', leakyRelu(0.1), 100],
    ['squared ReLU', rectifiedPower(2), 3],
    ['ReLU to the power 3/2', rectifiedPower(1.5), 0.2],
  ])('%s: the loss on the line to the rescaled minimum is the closed form (%#)', (_, activation, c) => {
    const chain = network([5, 6, 7, 4]);
    const x = randomMatrix(foldIn(key, 9), 5, 8);
    // A zero-loss minimum of its own outputs.
    const y = forward(chain, x, activation);
    const moved = rescale(chain, c, activation.degree);
    expect(square(Matrix.sub(forward(moved, x, activation), y)) / square(y)).toBeLessThan(1e-24);
    for (const t of [0.1, 0.5, 0.8]) {
      const loss = square(Matrix.sub(forward(interpolateChains(chain, moved, t), x, activation), y)) / square(y);
      expect(Math.abs(loss - rescaledPathLoss(c, activation.degree, t))).toBeLessThan(1e-12 * Math.max(1, loss));
    }
  });
  test.each([1e-3, 1, 1e6])('reaches any barrier, %p', (barrier) => {
    for (const degree of [1, 2]) expect(rescaledPathLoss(factorForBarrier(barrier, degree), degree) / barrier).toBeCloseTo(1, 8);
  });
  test('stays unbounded after the best permutation of the last two layers', () => {
    const activation = leakyRelu(0.1);
    const chain = network([4, 5, 4, 3]);
    const x = randomMatrix(foldIn(key, 9), 4, 6);
    const y = forward(chain, x, activation);
    const barriers = [10, 100, 1000].map((c) => {
      const moved = rescale(chain, c, 1);
      const midpoint = (permuted: Chain): number =>
        square(Matrix.sub(forward(interpolateChains(chain, permuted, 0.5), x, activation), y)) / square(y);
      return bestPermutation(moved, midpoint).loss;
    });
    expect(barriers[1]! / barriers[0]!).toBeGreaterThan(30);
    expect(barriers[2]! / barriers[1]!).toBeGreaterThan(30);
  });
  test('the best permutation finds a planted one', () => {
    const chain = network([4, 5, 4, 3]);
    const rows = chain[1]!.to2DArray();
    const columns = chain[2]!.to2DArray();
    const planted = [2, 0, 3, 1];
    const shuffled = [chain[0]!, new Matrix(planted.map((i) => rows[i]!)), new Matrix(columns.map((row) => planted.map((i) => row[i]!)))];
    const found = bestPermutation(shuffled, (permuted) => square(Matrix.sub(permuted[1]!, chain[1]!)));
    expect(found.loss).toBe(0);
    expect(Array.from(found.indices).map((i) => planted[i])).toEqual([0, 1, 2, 3]);
  });
  test('chords leave the set of factorisations without bound', () => {
    const pair = network([3, 3, 3]);
    const product = chainProduct(pair);
    for (const c of [0.1, 2, 50]) {
      const middle = chainProduct(interpolateChains(pair, rescale(pair, c, 1), 0.5));
      expect(frobenius(Matrix.sub(middle, product)) / frobenius(product)).toBeCloseTo(productDefect(c), 10);
    }
  });
  test('refuses factors that are not positive, and layers that are not there', () => {
    expect(() => rescale(network([2, 2, 2]), -1, 1)).toThrow('rescale: a positive factor, got -1');
    expect(() => rescale(network([2, 2, 2]), 1, 1, 1)).toThrow('rescale: a hidden layer from 0 to 0, got 1');
    expect(() => bestPermutation(network([2, 9, 2]), () => 0)).toThrow('bestPermutation: at most 8 units');
  });
});
