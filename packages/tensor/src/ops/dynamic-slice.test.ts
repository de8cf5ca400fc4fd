import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../gradients/gradients.generated.js';
import { dynamicSlice, dynamicUpdateSlice } from './index.js';
import { numbers } from './tensor-ops.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const x = (): tf.Tensor => tf.reshape(tf.range(0, 12), [3, 4]);

describe('dynamicSlice', () => {
  test('takes numbers, scalars and vectors as start', () => {
    expect(numbers(dynamicSlice(x(), [1, 2], [2, 1]))).toEqual([6, 10]);
    expect(numbers(dynamicSlice(x(), [tf.scalar(1, 'int32'), 2], [2, 1]))).toEqual([6, 10]);
    expect(numbers(dynamicSlice(x(), tf.tensor1d([1, 2], 'int32'), [2, 1]))).toEqual([6, 10]);
  });
  test('clamps the start', () => expect(numbers(dynamicSlice(x(), [9, -4], [2, 2]))).toEqual([4, 5, 8, 9]));
  test('gradient lands where the slice was', () =>
    expect(numbers(tf.grad((y) => dynamicSlice(y, [1, 2], [2, 1]))(x()))).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0]));
  test('refuses blocks that do not fit', () => {
    expect(() => dynamicSlice(x(), [0, 0], [4, 1])).toThrow('dynamicSlice: a block that fits into shape [3, 4], got [4,1]');
    expect(() => dynamicSlice(x(), [0], [1, 1])).toThrow('dynamicSlice: one start per axis (2), got [1]');
  });
});

describe('dynamicUpdateSlice', () => {
  test('replaces the block, clamped, and keeps the dtype', () => {
    const ints = tf.zeros([2, 3], 'int32');
    const result = dynamicUpdateSlice(ints, tf.ones([1, 2], 'int32'), [5, 0]);
    expect(result.dtype).toBe('int32');
    expect(numbers(result)).toEqual([0, 0, 0, 1, 1, 0]);
    expect(numbers(dynamicUpdateSlice(tf.scalar(1), tf.scalar(2), []))).toEqual([2]);
  });
  test('gradients of both arguments', () => {
    const weights = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const [dx, du] = tf.grads((a, u) => tf.mul(dynamicUpdateSlice(a, u, [0, 1]), weights))([tf.zeros([2, 3]), tf.ones([2, 1])]);
    expect(numbers(dx!)).toEqual([1, 0, 3, 4, 0, 6]);
    expect(numbers(du!)).toEqual([2, 5]);
  });
  test('leaves no tensors behind', () => {
    const [a, u] = [x(), tf.ones([1, 1])];
    const before = tf.memory().numTensors;
    tf.tidy(() => dynamicUpdateSlice(a, u, [1, 1])).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
