import { expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { evenly } from '../evenly.js';
import { expectAllclose } from '../testing/index.js';
import { interpolateTensor } from './interpolate.js';

await tf.setBackend('cpu');

test('both ends are exact, and a tensor t does what a number does', () => {
  const [a, b] = [tf.tensor1d([1e8, -3, 0.1]), tf.tensor1d([1, 5, 1e-7])];
  for (const t of [0, 1]) expectAllclose(interpolateTensor(a, b, t), t === 0 ? a : b, { rtol: 0, atol: 0 });
  expectAllclose(interpolateTensor(a, b, 0.25), tf.tensor1d([75000000.25, -1, 0.075000025]), { rtol: 1e-6 });
  expectAllclose(interpolateTensor(a, b, tf.scalar(0.25)), interpolateTensor(a, b, 0.25), { rtol: 1e-7 });
});

test('even points include both ends; a single one is the first', () => {
  expect(evenly(5)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect([evenly(1), evenly(0)]).toEqual([[0], []]);
});
