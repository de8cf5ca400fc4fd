import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../gradients/gradients.generated.js';
import { scatterAdd } from './index.js';
import { expectGradient, noise, numbers } from './tensor-ops.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const at = (...rows: number[]): tf.Tensor => tf.tensor1d(rows, 'int32');

test('adds updates to the rows they name, also to one several times', () => {
  const updates = tf.tensor2d([1, 2, 10, 20, 100, 200], [3, 2]);
  expect(numbers(scatterAdd(tf.ones([3, 2]), at(2, 0, 2), updates))).toEqual([11, 21, 1, 1, 102, 203]);
  expect(numbers(scatterAdd(tf.ones([3], 'int32'), at(1), tf.ones([1], 'int32')))).toEqual([1, 2, 1]);
  expect(numbers(scatterAdd(tf.ones([2, 1]), at(), tf.zeros([0, 1])))).toEqual([1, 1]);
});

test('gradients of both arguments', () => {
  const [x, updates] = [noise([3, 2]), noise([4, 2], 2)];
  expectGradient((v) => scatterAdd(v, at(2, 0, 2, 1), updates), x);
  expectGradient((v) => scatterAdd(x, at(2, 0, 2, 1), v), updates);
});

test('refuses other shapes and dtypes', () => {
  expect(() => scatterAdd(tf.ones([3, 2]), at(1), tf.ones([2, 2]))).toThrow('scatterAdd: updates of shape [1, 2], got [2,2]');
  expect(() => scatterAdd(tf.ones([3, 2]), tf.ones([1]), tf.ones([1, 2]))).toThrow('scatterAdd: an int32 vector of rows, got float32 [1]');
  expect(() => scatterAdd(tf.ones([3]), at(1), tf.ones([1], 'int32'))).toThrow('scatterAdd: updates of dtype float32, got int32');
});
