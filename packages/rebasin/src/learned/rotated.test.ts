import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import { buildNetwork, type Architecture, type AxisFactor, type RotatedElement, type SymmetryBreaking, type Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { lossOn } from '../loss/alignment-loss.js';
import { applySoftTransform } from '../sinkhorn/index.js';
import { applyTransform, composeTransforms, invertTransform } from '../transform/index.js';
import { latentsOf } from './latents.js';
import { matchLearned } from './match-learned.js';
import { projectLatent } from './project.js';
import { learnedMatching } from './strategy.js';
import { matricesOf, pullback, relativeTo, variablesOf } from './variables.js';

beforeAll(() => tf.setBackend('cpu'));

const [HEADS, PLANES, INPUTS, OUTPUTS] = [3, 2, 5, 4];
const options = z.strictObject({});

/** Heads, whose queries and keys have a product, of which something is read: what an angle for every plane of every head leaves as it is. */
const scores: Architecture<z.output<typeof options>> = {
  id: 'scores',
  summary: 'Products of queries and keys for tests of planes that turn',
  options,
  params: () => {
    const head: AxisFactor = { group: 'heads', kind: 'rotated-permutation', size: HEADS };
    const rows = { segments: [[head, { group: null, planesOf: 'heads', size: 2 * PLANES }]] };
    const weight = { init: { kind: 'normal', deviation: 0.7 }, role: 'weight' } as const;
    return [
      { ...weight, name: 'query', shape: [HEADS * 2 * PLANES, INPUTS], axes: [rows, null] },
      { ...weight, name: 'key', shape: [HEADS * 2 * PLANES, INPUTS], axes: [rows, null] },
      { ...weight, name: 'bias', shape: [HEADS * 2 * PLANES], axes: [rows] },
      { ...weight, name: 'out', shape: [OUTPUTS, HEADS], axes: [null, { group: 'heads', kind: 'rotated-permutation' }] },
    ];
  },
  activations: () => [],
  activation: () => 'identity',
  apply: (_, params, x) => {
    const heads = (name: string, bias: tf.Tensor | number = 0): tf.Tensor =>
      tf.reshape(tf.add(tf.matMul(x as tf.Tensor2D, params[name] as tf.Tensor2D, false, true), bias), [-1, HEADS, 2 * PLANES]);
    const products = tf.sum(tf.mul(heads('query'), heads('key', params['bias'])), 2);
    return tf.mul(3, tf.matMul(tf.tanh(products) as tf.Tensor2D, params['out'] as tf.Tensor2D, false, true));
  },
};
const unbroken: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const key = keyFromSeed(21);
const network = buildNetwork({ architecture: scores, options: {}, breaking: unbroken });
const drawn = (name: string, shape: number[]): tf.Tensor => tf.tensor(normal(childKey(key, name), tf.util.sizeFromShape(shape)), shape);
const logitsOf = (params: Tensors, x: tf.Tensor): tf.Tensor => network.apply({ params, state: {}, constants: {} }, x).logits;

function pairOf(element: RotatedElement) {
  const { params: a } = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const b = applyTransform(network.params, a, { heads: element });
  const inputs = drawn('inputs', [200, INPUTS]);
  const labels = tf.cast(tf.argMax(logitsOf(a, inputs), 1), 'int32');
  return { a, b, data: { inputs, labels } };
}
const near: RotatedElement = {
  kind: 'rotated',
  indices: Int32Array.of(0, 1, 2),
  angles: Float64Array.of(0.9, -0.4, 0.6, 1.1, -0.8, 0.3),
};

test.each(['loss', 'distance'] as const)('planted angles are learned from nothing by the %s', async (objective) => {
  const { a, b, data } = pairOf(near);
  const before = tf.memory().numTensors;
  const { transform, steps } = await matchLearned(
    { params: a },
    { params: b },
    {
      ...{ specs: network.params, key, loss: objective === 'loss' ? { network, data } : null, steps: 600 },
      ...{ every: 10, patience: 150, batch: 160, learningRate: 0.03 },
    },
  );
  expect(tf.memory().numTensors).toBe(before);
  expect(steps).toBeGreaterThan(0);
  const moved = applyTransform(network.params, b, transform);
  expectAllclose(logitsOf(moved, data.inputs), logitsOf(b, data.inputs), { rtol: 1e-4, atol: 1e-4 });
  const middle = (of: Tensors): number => {
    const halfway = Object.fromEntries(Object.entries(a).map(([name, tensor]) => [name, tf.div(tf.add(tensor, of[name]!), 2)]));
    return lossOn(network, 'classification', { params: halfway, state: {} }, data).dataSync()[0]!;
  };
  expect(middle(b) - middle(a)).toBeGreaterThan(0.01);
  expect(middle(moved) - middle(a)).toBeLessThan(1e-5);
  if (objective === 'distance')
    for (const [name, tensor] of Object.entries(a)) expectAllclose(moved[name]!, tensor, { rtol: 0.01, atol: 0.02 });
});

test('a latent moves a model as its element does, and gradients of its angles are those of finite differences', async () => {
  const { a } = pairOf(near);
  const [latent] = latentsOf(network.params, {});
  expect(latent!.projection).toBe('rotated');
  const value = drawn('latent', [HEADS, HEADS + PLANES]);
  const { element, feed } = await projectLatent(latent!, value);
  const moved = applySoftTransform(network.params, a, { heads: matricesOf(latent!, variablesOf(latent!, value, feed), value, feed) });
  for (const [name, tensor] of Object.entries(applyTransform(network.params, a, { heads: element })))
    expectAllclose(moved[name]!, tensor, { rtol: 1e-4, atol: 1e-5 });
  const weights = Object.fromEntries(network.params.map(({ name, shape }) => [name, drawn(`of ${name}`, [...shape])]));
  const worthOf = (variables: Tensors, of: tf.Tensor): tf.Scalar => {
    const soft = applySoftTransform(network.params, a, { heads: matricesOf(latent!, variables, of, feed) });
    return tf.addN(Object.entries(soft).map(([name, tensor]) => tf.sum(tf.mul(tensor, weights[name]!)))) as tf.Scalar;
  };
  const variables = variablesOf(latent!, value, feed);
  const names = Object.keys(variables);
  const gradients = tf.grads((...given: tf.Tensor[]) => worthOf(Object.fromEntries(given.map((x, at) => [names[at]!, x])), value))(
    Object.values(variables),
  );
  const pulled = pullback(latent!, feed, Object.fromEntries(gradients.map((gradient, at) => [names[at]!, gradient])));
  expect(pulled.shape).toEqual([HEADS, HEADS + PLANES]);
  const direction = tf.concat([tf.zeros([HEADS, HEADS]), drawn('direction', [HEADS, PLANES])], 1);
  const at = (step: number): number => {
    const there = tf.add(value, tf.mul(direction, step));
    return worthOf(variablesOf(latent!, there, feed), there).dataSync()[0]!;
  };
  expect(tf.sum(tf.mul(pulled, direction)).dataSync()[0]!).toBeCloseTo((at(1e-2) - at(-1e-2)) / 2e-2, 1);
});

test('what moves the first model is taken back', async () => {
  const { a } = pairOf(near);
  const [latent, first] = latentsOf(network.params, { dual: true });
  const values = [drawn('first', [HEADS, HEADS + PLANES]), drawn('second', [HEADS, HEADS + PLANES])];
  const [zeroth, second] = await Promise.all([projectLatent(first!, values[0]!), projectLatent(latent!, values[1]!)]);
  const matrices = (of: typeof zeroth, value: tf.Tensor) => matricesOf(latent!, variablesOf(latent!, value, of!.feed), value, of!.feed);
  const soft = relativeTo(matrices(zeroth, values[0]!), matrices(second, values[1]!));
  const relative = composeTransforms({ heads: second!.element }, invertTransform({ heads: zeroth!.element }));
  const moved = applySoftTransform(network.params, a, { heads: soft });
  for (const [name, tensor] of Object.entries(applyTransform(network.params, a, relative)))
    expectAllclose(moved[name]!, tensor, { rtol: 1e-4, atol: 1e-5 });
});

test('permutations only and soft ones leave angles out', () => {
  expect(latentsOf(network.params, { permutationsOnly: true })[0]!.projection).toBe('assignment');
  expect(latentsOf(network.params, { soft: true })[0]!.projection).toBe('sinkhorn');
});

test('random elements are found from what weights give', async () => {
  const { a, data } = pairOf(near);
  const b = applyTransform(network.params, a, randomTransform(network.params, key));
  const strategy = learnedMatching({ steps: 30 });
  if (strategy.needs !== 'loss') throw new Error('it needs a loss');
  const transform = await strategy.align({ params: a }, { params: b }, { specs: network.params, stateSpecs: [], key, network, data });
  const moved = applyTransform(network.params, b, transform);
  for (const [name, tensor] of Object.entries(a)) expectAllclose(moved[name]!, tensor, { rtol: 1e-3, atol: 1e-3 });
});
