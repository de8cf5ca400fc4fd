import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import { valueAndGradients } from './value-and-gradients.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('gives the value, a gradient per parameter and what else was computed, and keeps nothing', () => {
  const params = { a: tf.tensor1d([1, 2]), b: tf.scalar(3) };
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => {
    const { value, gradients, aside } = valueAndGradients(({ a, b }) => {
      const product = tf.mul(a!, b!);
      return { value: tf.sum(tf.square(product)), aside: { product, list: [a!] } };
    }, params);
    return [value, gradients['a']!, gradients['b']!, aside.product, aside.list[0]!];
  });
  expect(result.map((x) => Array.from(x.dataSync()))).toEqual([[45], [18, 36], [30], [3, 6], [1, 2]]);
  expect(tf.memory().numTensors - before).toBe(5);
  tf.dispose(result);
  expect(params.a.isDisposed).toBe(false);
});

test('refuses a parameter that the value does not depend on', () => {
  const params = { a: tf.scalar(1), idle: tf.scalar(2) };
  expect(() => tf.tidy(() => valueAndGradients(({ a }) => ({ value: tf.square(a as tf.Scalar), aside: [] }), params).value)).toThrow(
    'Cannot compute gradient',
  );
});
