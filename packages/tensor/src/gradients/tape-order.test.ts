import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { Tensor } from '@tensorflow/tfjs-core';
import './gradients.generated.js';
import './index.js';

const ops: Record<string, { f: (x: Tensor) => Tensor; second: (x: number) => number }> = {
  exp: { f: tf.exp, second: Math.exp },
  tanh: { f: tf.tanh, second: (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2) },
  sigmoid: { f: tf.sigmoid, second: (x) => ((s) => s * (1 - s) * (1 - 2 * s))(1 / (1 + Math.exp(-x))) },
  sqrt: { f: tf.sqrt, second: (x) => -0.25 * x ** -1.5 },
  'pow by a tensor': { f: (x) => tf.pow(x, tf.scalar(3)), second: (x) => 6 * x },
};

describe('second derivatives of ops that save their result', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test.each(Object.keys(ops))('%s', (name) => {
    const { f, second } = ops[name]!;
    const points = [0.5, 1.25];
    const derivative = (x: Tensor) => tf.grad((z) => tf.sum(f(z)))(x);
    const got = tf
      .grad((x) => tf.sum(derivative(x)))(tf.tensor1d(points))
      .dataSync();
    points.forEach((x, i) => expect(got[i]).toBeCloseTo(second(x), 4));
  });

  test('logSoftmax and softmax, against differences of the first derivative', () => {
    for (const f of [tf.logSoftmax, tf.softmax]) {
      const weights = tf.tensor1d([0.3, -1, 2]);
      const first = (x: Tensor) => tf.grad((z) => tf.sum(tf.mul(tf.square(f(z)), weights)))(x);
      const x = tf.tensor1d([0.1, 0.7, -0.4]);
      const direction = tf.tensor1d([1, -2, 0.5]);
      const got = tf
        .grad((z) => tf.sum(tf.mul(first(z), direction)))(x)
        .dataSync();
      const step = 1e-2;
      const wanted = tf
        .div(tf.sub(first(tf.add(x, tf.mul(direction, step))), first(tf.sub(x, tf.mul(direction, step)))), 2 * step)
        .dataSync();
      wanted.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 2));
    }
  });

  test('nothing is left of the tape', () => {
    const x = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    tf.dispose(tf.grad((a) => tf.sum(tf.grad((z) => tf.sum(tf.tanh(z)))(a)))(x));
    expect(tf.memory().numTensors).toBe(before);
  });
});
