import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import { expectAllclose } from '../testing/allclose.js';
import { countCorrect, crossEntropy, crossEntropyOfRows } from './loss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const logits = tf.tensor2d([
  [0, Math.log(3), 0],
  [1000, 0, 0],
  [-1000, 0, 0],
]);
const labels = tf.tensor1d([1, 0, 0], 'int32');

test('cross entropy is minus the log of the probability of the label, also for large logits', () => {
  expectAllclose(crossEntropyOfRows(logits, labels), [Math.log(5 / 3), 0, 1000 + Math.log(2)], { rtol: 1e-6 });
  expect(crossEntropy(logits, labels).dataSync()[0]).toBeCloseTo((Math.log(5 / 3) + 1000 + Math.log(2)) / 3, 3);
});

test('its gradient is softmax minus one-hot, over the number of rows', () => {
  const gradient = tf.grad((z) => crossEntropy(z, labels))(logits);
  const rows = [
    [1 / 5, 3 / 5 - 1, 1 / 5],
    [0, 0, 0],
    [-1, 1 / 2, 1 / 2],
  ];
  expectAllclose(
    tf.reshape(gradient, [9]),
    rows.flat().map((x) => x / 3),
    { atol: 1e-7 },
  );
});

test('a row counts as correct where its largest logit, the first of several, is at the label', () => {
  const tie = tf.tensor2d([
    [1, 1],
    [1, 1],
    [0, 2],
  ]);
  expect(countCorrect(tie, tf.tensor1d([0, 1, 1], 'int32')).dataSync()[0]).toBe(2);
});

describe('of many classes', () => {
  const [rows, classes] = [7, 300];
  const z = tf.tidy(() => tf.mul(tf.randomNormal([rows, classes], 0, 1, 'float32', 1), 3));
  const y = tf.tensor1d([0, 299, 17, 17, 120, -1, 300], 'int32');
  const weights = tf.tensor1d([1, -2, 0.5, 3, 1, 1, 1]);
  // The same in plain terms: labels that are no class choose nothing.
  const plain = (logits: tf.Tensor): tf.Tensor =>
    tf.neg(tf.sum(tf.mul(tf.cast(tf.oneHot(y, classes), 'float32'), tf.logSoftmax(logits as tf.Tensor2D)), -1));
  const weighted = (of: (logits: tf.Tensor) => tf.Tensor) => (logits: tf.Tensor) => tf.sum(tf.mul(of(logits), weights));
  const rowsOf = (logits: tf.Tensor): tf.Tensor => crossEntropyOfRows(logits, y);

  test('losses, gradients and curvatures are those of a logarithm of softmax', () => {
    expectAllclose(rowsOf(z), plain(z), { rtol: 1e-6, atol: 1e-6 });
    const [own, expected] = [rowsOf, plain].map((of) => tf.grad(weighted(of)));
    expectAllclose(own!(z), expected!(z), { rtol: 1e-5, atol: 1e-6 });
    const direction = tf.randomNormal([rows, classes], 0, 1, 'float32', 2);
    const curved = (gradient: (x: tf.Tensor) => tf.Tensor): tf.Tensor => tf.grad((x) => tf.sum(tf.mul(gradient(x), direction)))(z);
    expectAllclose(curved(own!), curved(expected!), { rtol: 1e-4, atol: 1e-5 });
  });

  test('the first of several largest logits counts, and none beside NaN', () => {
    const tie = tf.zeros([3, classes]);
    expect(countCorrect(tie, tf.tensor1d([0, 1, 299], 'int32')).dataSync()[0]).toBe(1);
    const right = tf.cast(tf.argMax(z, -1), 'int32');
    expect(countCorrect(z, right).dataSync()[0]).toBe(rows);
    expect(countCorrect(z, tf.tensor1d([-1, 300, 0, 0, 0, 0, 0], 'int32')).dataSync()[0]).toBe(0);
    expect(countCorrect(tf.mul(tie, NaN), tf.tensor1d([0, 1, 2], 'int32')).dataSync()[0]).toBe(0);
    expect(countCorrect(tf.add(tie, -Infinity), tf.tensor1d([0, 1, 2], 'int32')).dataSync()[0]).toBe(1);
  });
});
