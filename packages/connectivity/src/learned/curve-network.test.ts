import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import type { Architecture, Split, SymmetryBreaking, Variables } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { adam, constant, defineUpdateRule, evaluate, populationKeys, trainPopulation } from '@basinlab/core/training';
import { lastValueFrom } from 'rxjs';
import { z } from 'zod';
import { curveNetwork } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const hidden = 8;
const axis = { group: 'hidden' };
/** Two layers with ReLU: exchanging units gives another minimum. */
const tiny: Architecture<Record<string, never>> = {
  id: 'tiny',
  summary: 'Two layers',
  options: z.strictObject({}),
  params: () => [
    { name: 'a', shape: [hidden, 2], init: { kind: 'normal', deviation: 1 }, role: 'weight', axes: [axis, null] },
    { name: 'b', shape: [2, hidden], init: { kind: 'normal', deviation: 1 }, role: 'weight', axes: [null, axis] },
  ],
  activations: () => [{ layer: 'hidden', units: hidden, axis }],
  activation: () => 'relu',
  apply: (_, { a, b }, x, { activate }) =>
    tf.matMul(activate('hidden', tf.matMul(x as Tensor2D, a as Tensor2D, false, true)) as Tensor2D, b as Tensor2D, false, true),
};
const free: SymmetryBreaking<Record<string, never>> = { id: 'free', summary: 'None', options: z.strictObject({}), constants: () => null };
const network = buildNetwork({ architecture: tiny, options: {}, breaking: free });

function ring(seed: number): Split {
  const inputs = tf.tensor2d(normal(keyFromSeed(seed), 2 * 128), [128, 2]);
  // Not a linear problem: inside or outside a circle.
  const labels = tf.cast(tf.greater(tf.sum(tf.square(inputs), 1), 1.4), 'int32');
  return { inputs, labels };
}
const data = { train: ring(1), validation: ring(2) };
const updateRule = defineUpdateRule({ optimizer: adam, schedule: constant, learningRate: 0.02 });

async function train(from: typeof network, epochs: number, seed: number): Promise<Variables> {
  const plan = { network: from, updateRule, data, keys: populationKeys(seed, 1), epochs, batch: 32 };
  const last = await lastValueFrom(trainPopulation(plan));
  if (last.kind !== 'trained') throw new Error('training ends with the models');
  return last.models[0]!;
}

test('paths begin at one model, end at the other, and pass where their shape says', () => {
  const [start, end] = [1, 2].map((seed) => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(0) }));
  for (const shape of ['bezier', 'chain'] as const) {
    const path = curveNetwork(network, start!, end!, { shape });
    const variables = path.init({ initKey: keyFromSeed(3), constantsKey: keyFromSeed(0) });
    variables.params['a'] = tf.ones([hidden, 2]);
    const at = (time: number): tf.Tensor => path.model(path.at(variables, tf.scalar(time))).params['a']!;
    expectAllclose(at(0), start!.params['a']!, { atol: 1e-6 });
    expectAllclose(at(1), end!.params['a']!, { atol: 1e-6 });
    const ends = tf.add(start!.params['a']!, end!.params['a']!);
    expectAllclose(at(0.5), shape === 'chain' ? tf.ones([hidden, 2]) : tf.add(tf.div(ends, 4), 0.5), { atol: 1e-6 });
  }
});

test('training bends the path around the barrier of the straight line', async () => {
  const start = await train(network, 15, 1);
  const end = await train(network, 15, 2);
  const loss = async (model: Variables): Promise<number> => (await evaluate(network, model, data.train)).loss;
  const ends = Math.max(await loss(start), await loss(end));
  for (const shape of ['bezier', 'chain'] as const) {
    const path = curveNetwork(network, start, end, { shape });
    const worst = async (variables: Variables): Promise<number> => {
      const losses = [];
      for (const time of [0.2, 0.35, 0.5, 0.65, 0.8]) losses.push(await loss(path.model(path.at(variables, tf.scalar(time)))));
      return Math.max(...losses);
    };
    const straight = await worst(path.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(1) }));
    const bent = await worst(await train(path, 15, 3));
    expect(straight).toBeGreaterThan(1.5 * ends);
    expect(bent).toBeLessThan(0.6 * straight);
  }
});

test('evaluation stands still, training moves on evenly', () => {
  const model = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(0) });
  const path = curveNetwork(network, model, model);
  let variables = path.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(0) });
  expect(path.apply(variables, data.train.inputs).state['curve.time']!.dataSync()[0]).toBe(0.5);
  const times = Array.from({ length: 100 }, () => {
    variables = { ...variables, state: path.apply(variables, data.train.inputs, { training: true }).state };
    return variables.state['curve.time']!.dataSync()[0]!;
  }).sort((a, b) => a - b);
  // The largest gap between 100 points of the recurrence is below 3 hundredths.
  expect(Math.max(...times.slice(1).map((time, i) => time - times[i]!))).toBeLessThan(0.03);
  expect(times[0]).toBeGreaterThanOrEqual(0);
  expect(times.at(-1)).toBeLessThan(1);
});

test('refuses ends that do not belong together', () => {
  const model = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(0) });
  expect(() => curveNetwork(network, model, { ...model, params: {} })).toThrow('curveNetwork: a parameter a of one shape at both ends');
  const masked = { ...model, constants: { mask: tf.ones([1]) } };
  expect(() => curveNetwork(network, masked, { ...model, constants: { mask: tf.ones([1]) } })).toThrow(
    'one tensor of the constant mask that both ends share',
  );
});
