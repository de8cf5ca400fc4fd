import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '../index.js';
import { keyFromSeed, normal } from '../random/index.js';
import { expectAllclose } from '../testing/allclose.js';
import { pairMoments, type PairMoments } from './pair-moments.js';
import { BATCHES_PER_READING, createPairAccumulator } from './pair-sums.js';

beforeAll(() => tf.setBackend('cpu'));

const [A, B] = [3, 2];
const random = (seed: number, rows: number, units: number, { scale = 1, mean = 0 } = {}): tf.Tensor2D =>
  tf.tensor2d(
    normal(keyFromSeed(seed), rows * units).map((value) => mean + scale * value),
    [rows, units],
  );

function expectMoments(got: PairMoments, expected: PairMoments, tolerance = { rtol: 1e-5, atol: 1e-4 }): void {
  expect([got.rows, got.unitsA, got.unitsB]).toEqual([expected.rows, expected.unitsA, expected.unitsB]);
  for (const part of ['meanA', 'meanB', 'squaresA', 'squaresB', 'cross'] as const) expectAllclose(got[part], expected[part], tolerance);
}

describe('createPairAccumulator', () => {
  test.each([1, 2, BATCHES_PER_READING, 2 * BATCHES_PER_READING + 3])(
    '%i batches: the moments of all rows, whatever the sizes of batches',
    async (batches) => {
      const rows = 7 * batches + 2;
      const [a, b] = [random(1, rows, A), random(2, rows, B, { mean: 1 })];
      const accumulator = createPairAccumulator();
      for (let at = 0; at < batches; at++) {
        const cut = (x: tf.Tensor2D) => tf.slice(x, 7 * at, at === batches - 1 ? 9 : 7);
        await accumulator.add({ one: { a: cut(a), b: cut(b) }, swapped: { a: cut(b), b: cut(a) } });
      }
      const found = await accumulator.finish();
      expectMoments(found.get('one')!, await pairMoments(a, b));
      expectMoments(found.get('swapped')!, await pairMoments(b, a));
      expect(await accumulator.finish()).toEqual(new Map());
      accumulator.dispose();
    },
  );

  test('means far larger than deviations do not drown them', async () => {
    const [a, b] = [random(1, 40, A, { mean: 1000 }), random(2, 40, B, { mean: -3000 })];
    const accumulator = createPairAccumulator();
    for (let at = 0; at < 4; at++) await accumulator.add({ pair: { a: tf.slice(a, 10 * at, 10), b: tf.slice(b, 10 * at, 10) } });
    const { squaresA, cross } = (await accumulator.finish()).get('pair')!;
    const exact = await pairMoments(tf.sub(a, 1000), tf.add(b, 3000));
    expectAllclose(squaresA, exact.squaresA, { rtol: 1e-3, atol: 0 });
    expectAllclose(cross, exact.cross, { rtol: 0, atol: 1e-2 });
    accumulator.dispose();
  });

  test('a unit that is the same on all inputs has squares of exactly 0; one that moves once does not', async () => {
    const accumulator = createPairAccumulator();
    for (let at = 0; at < 5; at++) {
      const a = tf.tensor2d([0.1, at === 0 ? 3 : 0, 1e30, 0.1, 0, 1e30], [2, A]);
      await accumulator.add({ pair: { a, b: random(at, 2, B) } });
    }
    const { squaresA } = (await accumulator.finish()).get('pair')!;
    expect([squaresA[0], squaresA[2]]).toEqual([0, 0]);
    // One row of ten is 3, the others are 0: 9 - 9 / 10.
    expectAllclose([squaresA[1]!], [8.1], { rtol: 1e-6, atol: 0 });
    accumulator.dispose();
  });

  test('holds the same tensors after every batch, and none at the end', async () => {
    const [a, b] = [random(1, 6, A), random(2, 6, B)];
    const before = tf.memory().numTensors;
    const accumulator = createPairAccumulator();
    const held: number[] = [];
    for (let at = 0; at < 5; at++) {
      await accumulator.add({ pair: { a, b } });
      held.push(tf.memory().numTensors);
    }
    expect(new Set(held).size).toBe(1);
    accumulator.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('refuses activations on other rows', async () => {
    const accumulator = createPairAccumulator();
    await expect(accumulator.add({ pair: { a: random(1, 4, A), b: random(2, 5, B) } })).rejects.toThrow(
      'pairMoments: activations on the same rows',
    );
  });
});
