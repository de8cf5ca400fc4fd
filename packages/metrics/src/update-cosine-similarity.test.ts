import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { cosineOfUpdates, updateCosineSimilarity } from './update-cosine-similarity.js';

await tf.setBackend('cpu');

test('per parameter and over all of them; 0 where nothing moved', async () => {
  const a = { weight: tf.tensor2d([[3, 4]]), bias: tf.tensor1d([0, 0]), gain: tf.tensor1d([1]) };
  const b = { weight: tf.tensor2d([[4, 3]]), bias: tf.tensor1d([1, 2]), gain: tf.tensor1d([-2]) };
  const { aggregate, parameters } = await cosineOfUpdates(a, b);
  expect(parameters['weight']).toBeCloseTo(24 / 25, 6);
  expect(parameters['bias']).toBe(0);
  expect(parameters['gain']).toBe(-1);
  expect(aggregate).toBeCloseTo(22 / Math.sqrt(26 * 34), 6);
  expect((await cosineOfUpdates({ x: tf.zeros([2]) }, { x: tf.zeros([2]) })).aggregate).toBe(0);
});

test('fixed entries, which decay alike in both models, do not count unless asked for', async () => {
  const constants = { 'w.scale': tf.tensor1d([1, 0, 1]) };
  const from = { params: { w: tf.tensor1d([0, 10, 0]) }, constants };
  const [a, b] = [
    [1, 8, 0],
    [0, 8, 1],
  ].map((values) => ({ from, to: { params: { w: tf.tensor1d(values) }, constants } }));
  const before = tf.memory().numTensors;
  expect((await updateCosineSimilarity(a!, b!)).aggregate).toBe(0);
  expect((await updateCosineSimilarity(a!, b!, { includeFixed: true })).aggregate).toBeCloseTo(4 / 5, 6);
  expect(tf.memory().numTensors).toBe(before);
});

test('other names and shapes are refused', async () => {
  await expect(cosineOfUpdates({ x: tf.ones([2]) }, { x: tf.ones([3]) })).rejects.toThrow(
    'update-cosine-similarity: updates of x [2] on both sides, got ["x [3]"]',
  );
  const still = { params: {}, constants: {} };
  await expect(
    updateCosineSimilarity({ from: { params: { x: tf.ones([2]) }, constants: {} }, to: still }, { from: still, to: still }),
  ).rejects.toThrow('update-cosine-similarity: parameters x after training');
});
