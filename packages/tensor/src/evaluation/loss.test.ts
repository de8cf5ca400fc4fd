import { beforeAll, expect, test } from '@jest/globals';
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
