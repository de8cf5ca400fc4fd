import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { device, keyFromSeed } from '@basinlab/tensor/random';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import { z } from 'zod';
import '../index.js';
import type { Architecture } from '../contracts/index.js';
import { buildNetwork } from '../network/index.js';
import { unbroken } from '../testing/suites/sample.js';
import { populationKeys } from './keys.js';
import { trainPopulation, type TrainingPlan } from './train-population.js';
import { collect, memorySink, parametersOf, smallPlan } from './training.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const inputs = 400;
/** Ones, some of which are dropped, times one weight each. */
const dropping: Architecture<Record<string, never>> = {
  id: 'dropping',
  summary: 'for tests',
  options: z.strictObject({}),
  params: () => [{ name: 'w', shape: [inputs, 2], init: { kind: 'ones' }, role: 'weight', axes: [null, null] }],
  activations: () => [],
  activation: () => 'identity',
  dropout: true,
  apply: (_, params, x, context) => {
    const first = context.dropout('first', x);
    return tf.matMul(context.dropout('second', first) as tf.Tensor2D, params['w'] as tf.Tensor2D);
  },
};
const network = buildNetwork({ architecture: dropping, options: {}, breaking: unbroken });
const variables = () => network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
const sumOf = (settings: Parameters<typeof network.apply>[2]): number =>
  network.apply(variables(), tf.ones([1, inputs]), settings).logits.dataSync()[0]!;

test('drops its share in training, keeps the mean, and does nothing in evaluation', () => {
  const key = device.keyTensor(keyFromSeed(3));
  const dropout = { rate: 0.5, key };
  expect(sumOf({ dropout })).toBe(inputs);
  expect(sumOf({ training: true })).toBe(inputs);
  const sum = sumOf({ training: true, dropout });
  // Both places draw apart: a quarter of the entries is left, each four times as large.
  expect(sum % 4).toBe(0);
  expect(Math.abs(sum / 4 - inputs / 4)).toBeLessThan(5 * Math.sqrt((inputs * 3) / 16));
  expect(sumOf({ training: true, dropout })).toBe(sum);
  expect(sumOf({ training: true, dropout: { rate: 0.5, key: device.keyTensor(keyFromSeed(4)) } })).not.toBe(sum);
});

/** A population of the network on the fixture's plan, which has inputs of two entries: a copy of `dropping` for those. */
const plan = (changes: Parameters<typeof smallPlan>[0] = {}): TrainingPlan => {
  const base = smallPlan({ models: 2, epochs: 2, ...changes });
  const features = base.data.train.inputs.shape[1]!;
  const classes = 3;
  const small: typeof dropping = {
    ...dropping,
    params: () => [{ name: 'w', shape: [features, classes], init: { kind: 'normal', deviation: 0.1 }, role: 'weight', axes: [null, null] }],
  };
  return { ...base, network: buildNetwork({ architecture: small, options: {}, breaking: unbroken }) };
};
const train = async (given: TrainingPlan) => parametersOf((await collect(trainPopulation(given))).events);

test('changes training by keys of its own, the same for models that move together, and resumes to the same bits', async () => {
  const sink = memorySink();
  const whole = await train({ ...plan({ sink, checkpoints: () => true }), dropout: 0.4 });
  expect(whole).not.toEqual(await train(plan()));
  expect(await train({ ...plan({ resume: sink.saved.get(1)! }), dropout: 0.4 })).toEqual(whole);
  expect(await train({ ...plan({ keys: populationKeys(7, 2, { dropout: [8, 9] }) }), dropout: 0.4 })).not.toEqual(whole);
  const together = await train({ ...plan({ execution: 'vmap' }), dropout: 0.4 });
  together.forEach((model, i) => {
    for (const [name, x] of Object.entries(model)) expectAllclose(x, whole[i]![name]!, { rtol: 1e-5, atol: 1e-6 });
  });
});

test('is refused where there is no place for it, and outside [0, 1)', async () => {
  await expect(train({ ...smallPlan({ models: 1, epochs: 1 }), dropout: 0.1 })).rejects.toThrow('places for it');
  await expect(train({ ...plan(), dropout: 1 })).rejects.toThrow('[0, 1)');
});
