import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { metricContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import type { ActivationBatch } from '@basinlab/tensor';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { functionalSimilarity, measureFunctionalSimilarity } from './functional-similarity.js';
import { twoLayerModels } from './two-layer.fixture.js';

await tf.setBackend('cpu');

const column = (model: string, logits: number[][]): ActivationBatch['columns'][number] => ({
  name: `${model} out`,
  field: { model, layer: 'logits', site: 'post-linear' },
  tensor: tf.tensor2d(logits),
});
const logits = [
  [2, 0, 0],
  [0, 1, 5],
  [3, 3, 1],
  [0, 0, 0],
];
const others = [
  [1, 2, 0],
  [0, 0, 1],
  [4, 1, 1],
  [0, 1, 0],
];

testContract(
  metricContract(functionalSimilarity, [
    // The first of equal logits counts: rows 2 and 3 agree.
    {
      name: 'ties',
      batch: () => ({ rows: 4, columns: [column('a', logits), column('b', others)] }),
      expected: { 'functional-similarity': 0.5 },
    },
    {
      name: 'one model',
      batch: () => ({ rows: 4, columns: [column('a', logits), column('b', logits)] }),
      expected: { 'functional-similarity': 1 },
    },
  ]),
);

test('of two models on splits: counts by batches, and the unweighted mean', async () => {
  const { network, models } = twoLayerModels(false, 1, 2);
  const inputs = tf.tensor2d(normal(keyFromSeed(4), 23 * 3), [23, 3]);
  const splits = { all: { inputs }, few: { inputs: tf.slice(inputs, 0, 5) } };
  const predictions = models.map((model) => tf.argMax(network.apply(model, inputs).logits, -1).dataSync());
  const agree = (count: number): number => predictions[0]!.slice(0, count).filter((value, i) => value === predictions[1]![i]).length;
  const found = await measureFunctionalSimilarity(network, models[0]!, models[1]!, splits, { batch: 10 });
  expect(found.splits.all).toEqual({ similarity: agree(23) / 23, agreeing: agree(23), samples: 23 });
  expect(found.splits.few.agreeing).toBe(agree(5));
  expect(found.mean).toBeCloseTo((agree(23) / 23 + agree(5) / 5) / 2, 12);
  const before = tf.memory().numTensors;
  await measureFunctionalSimilarity(network, models[0]!, models[1]!, splits);
  expect(tf.memory().numTensors).toBe(before);
});
