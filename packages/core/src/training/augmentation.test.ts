import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { device } from '@basinlab/tensor/random';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import type { Batch } from '../contracts/index.js';
import { populationKeys } from './keys.js';
import { collect, memorySink, parametersOf, smallPlan } from './training.fixture.js';
import { trainPopulation } from './train-population.js';
import type { TrainingPlan } from './train-population.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The bits of every key that the augmentation was called with. */
let seen: string[] = [];
const noisy = (changes: Parameters<typeof smallPlan>[0] = {}): TrainingPlan => {
  const plan = smallPlan({ models: 2, epochs: 2, ...changes });
  const augment = (key: Tensor, { inputs, labels }: Batch): Batch => {
    seen.push([...key.dataSync()].join());
    return { inputs: tf.add(inputs, device.normal(key, inputs.shape, { deviation: 0.3 })), labels };
  };
  return { ...plan, data: { ...plan.data, augment } };
};
const train = async (plan: TrainingPlan) => parametersOf((await collect(trainPopulation(plan))).events);

test('every batch of every model is changed by a key of its own, equal for equal seeds', async () => {
  seen = [];
  const first = await train(noisy());
  expect(seen).toHaveLength(2 * 2 * 7);
  expect(new Set(seen).size).toBe(seen.length);
  expect(await train(noisy())).toEqual(first);
  expect(await train(smallPlan({ models: 2 }))).not.toEqual(first);
});

test('models that move together draw what they draw alone', async () => {
  const [alone, together] = [await train(noisy()), await train(noisy({ execution: 'vmap' }))];
  together.forEach((model, i) => {
    for (const [name, x] of Object.entries(model)) expectAllclose(x, alone[i]![name]!, { rtol: 1e-5, atol: 1e-6 });
  });
});

test('has a seed of its own, and resumes to the same bits', async () => {
  const sink = memorySink();
  const whole = await train(noisy({ sink, checkpoints: () => true }));
  expect(await train(noisy({ resume: sink.saved.get(1)! }))).toEqual(whole);
  const [first, second] = await train(noisy({ keys: populationKeys(7, 2, { augment: [8, 9] }) }));
  expect([first!['a'], second!['a']]).not.toEqual(whole.map((model) => model['a']));
});
