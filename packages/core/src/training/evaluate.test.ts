import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { createEvaluator, evaluate } from '@basinlab/tensor/evaluation';
import { keyFromSeed } from '@basinlab/tensor/random';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import type { Variables } from '../contracts/index.js';
import { blobs, tinyNetwork } from './training.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const start = (seed: number): Variables => tinyNetwork().init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(1) });

test('is the mean over samples, whatever the batches, and the mean of batch means', async () => {
  const network = tinyNetwork();
  const variables = start(3);
  const split = blobs(23, 5);
  const { logits } = network.apply(variables, split.inputs);
  const losses = tf.losses
    .softmaxCrossEntropy(tf.oneHot(split.labels as tf.Tensor1D, 3), logits, undefined, undefined, tf.Reduction.NONE)
    .dataSync();
  const mean = (rows: ArrayLike<number>): number => Array.from(rows).reduce((sum, x) => sum + x, 0) / rows.length;
  const hits = mean(tf.cast(tf.equal(tf.argMax(logits, 1), split.labels), 'float32').dataSync());
  const before = tf.memory().numTensors;
  for (const batch of [23, 10, 1, 100]) {
    const { loss, accuracy, meanOfBatches } = await evaluate(network, variables, split, { batch });
    expect(loss).toBeCloseTo(mean(losses), 6);
    expect(accuracy).toBeCloseTo(hits, 6);
    const parts = Array.from({ length: Math.ceil(23 / batch) }, (_, i) => mean(losses.slice(i * batch, (i + 1) * batch)));
    expect(meanOfBatches).toBeCloseTo(mean(parts), 6);
  }
  expect(tf.memory().numTensors).toBe(before);
});

test('takes stacked models', async () => {
  const network = tinyNetwork();
  const models = [start(3), start(4)];
  const split = blobs(12, 6);
  const alone = await Promise.all(models.map((model) => evaluate(network, model, split)));
  const stack = (record: 'params' | 'state') =>
    Object.fromEntries(Object.keys(models[0]![record]).map((name) => [name, tf.stack(models.map((m) => m[record][name]!))]));
  const stacked = { params: stack('params'), state: stack('state'), constants: models[0]!.constants };
  for (const population of ['map', 'vmap'] as const) {
    const evaluator = createEvaluator(network, { batch: 5, population });
    const together = await evaluator.evaluate(stacked, split);
    evaluator.dispose();
    expectAllclose(
      together.map((r) => r.loss),
      alone.map((r) => r.loss),
      { rtol: 1e-6 },
    );
    expect(together.map((r) => r.accuracy)).toEqual(alone.map((r) => r.accuracy));
  }
});
