import { beforeAll, expect, test } from '@jest/globals';
import { jit } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { describeWithPlugin } from '../testing.fixture.js';
import { startXla } from './fixtures/engine.fixture.js';

const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const ints = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

/** What `docs/kernels.md` says about results that differ from tfjs `cpu`. */
describeWithPlugin('declared differences', () => {
  beforeAll(() => startXla(() => undefined));

  test('reads out of range are clamped, writes dropped', () => {
    const x = tf.tensor1d([1, 2, 3]);
    expect(numbers(tf.gather(x, ints(-5, 9)))).toEqual([1, 3]);
    expect(numbers(tf.gatherND(x, tf.tensor2d([-5, 9], [2, 1], 'int32')))).toEqual([1, 3]);
    expect(numbers(tf.scatterND(tf.tensor2d([-1, 1, 9], [3, 1], 'int32'), x, [3]))).toEqual([0, 2, 0]);
    expect(numbers(tf.unsortedSegmentSum(x, ints(-1, 1, 9), 3))).toEqual([0, 2, 0]);
    expect(numbers(tf.tensorScatterUpdate(x, tf.tensor2d([-1, 1], [2, 1], 'int32'), tf.tensor1d([7, 8])))).toEqual([1, 8, 3]);
    expect(numbers(tf.bincount(ints(-1, 1, 9), tf.tensor1d([]), 3))).toEqual([0, 1, 0]);
  });

  test('floats beyond int32 are cut to it, NaN becomes 0', () => {
    expect(numbers(tf.cast(tf.tensor1d([1e20, -1e20, NaN, Infinity]), 'int32'))).toEqual([2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1]);
  });

  test('NaN wins maxima and minima, not their positions', () => {
    const x = tf.tensor1d([1, NaN, 3, NaN]);
    expect(numbers(tf.stack([tf.max(x), tf.min(x)]))).toEqual([NaN, NaN]);
    expect([numbers(tf.argMax(x)), numbers(tf.argMin(x))]).toEqual([[2], [0]]);
    expect(numbers(tf.relu(x))).toEqual([1, NaN, 3, NaN]);
  });

  test('extremes of nothing', () => {
    expect(numbers(tf.max(tf.zeros([0])))).toEqual([-Infinity]);
    expect(numbers(tf.min(tf.zeros([0], 'int32')))).toEqual([2 ** 31 - 1]);
    expect(numbers(tf.mean(tf.zeros([0])))).toEqual([0]);
  });

  test('sums of bools stay bools', () => {
    const x = tf.tensor1d([true, true, false], 'bool');
    expect(numbers(tf.add(x, x))).toEqual([1, 1, 0]);
    expect(tf.add(x, x).dtype).toBe('bool');
  });

  test('every image of a batch gets its own gradient of nearest resizing', () => {
    const x = tf.ones<tf.Rank.R4>([2, 1, 1, 1]);
    const weights = tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1]);
    expect(numbers(tf.grad((v) => tf.mul(tf.image.resizeNearestNeighbor(v as tf.Tensor4D, [2, 1]), weights))(x))).toEqual([3, 7]);
  });

  test('a kernel without a lowering runs on the host, and is refused by name where programs are compiled', () => {
    const draw = () => tf.multinomial(tf.tensor1d([0.5, 0.5]), 3);
    expect(draw().shape).toEqual([3]);
    expect(() => jit(draw)()).toThrow(/Multinomial \(it draws on the host.*outside the compiled function/);
  });
});
