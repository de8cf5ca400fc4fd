import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from '@jest/globals';
import { buildNetwork, type Architecture, type SymmetryBreaking } from '@basinlab/core';
import { expectAllclose } from '@basinlab/core/testing';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { z } from 'zod';
import { convolutionPatches, inputMoments, principalSubspace } from '../input-subspace/index.js';
import { createCostsEvaluator, layerRealizationCosts, neuronLayer, realizationCosts } from './index.js';

await tf.setBackend('cpu');

/** Convolution of stride 2 on [5, 5, 2], an offset that training mode would change, mean over positions, linear. */
const small: Architecture<Record<string, never>> = {
  id: 'small',
  summary: 'A convolution and a linear layer',
  options: z.strictObject({}),
  params: () => [
    {
      name: 'stem.conv.weight',
      shape: [3, 2, 3, 3],
      init: { kind: 'normal', deviation: 1 },
      role: 'weight',
      axes: [null, null, null, null],
      fanIn: 18,
    },
    { name: 'head.linear.weight', shape: [4, 3], init: { kind: 'normal', deviation: 1 }, role: 'weight', axes: [null, null], fanIn: 3 },
    { name: 'head.linear.bias', shape: [4], init: { kind: 'zeros' }, role: 'bias', axes: [null] },
  ],
  activations: () => [],
  activation: () => 'relu',
  apply(_, params, x, { tap, training }) {
    tap({ layer: 'stem', site: 'input', group: null }, x);
    const filter = tf.transpose(params['stem.conv.weight']!, [2, 3, 1, 0]) as tf.Tensor4D;
    const linear = tf.conv2d(x as tf.Tensor4D, filter, 2, 1);
    tap({ layer: 'stem', site: 'post-linear', group: null }, linear);
    const hidden = tf.mean(tf.relu(training ? tf.mul(linear, 5) : linear), [1, 2]);
    tap({ layer: 'head', site: 'input', group: null }, hidden);
    return tf.add(tf.matMul(hidden as tf.Tensor2D, params['head.linear.weight'] as tf.Tensor2D, false, true), params['head.linear.bias']!);
  },
};
/** Fixes every third weight at 1. */
const thirds: SymmetryBreaking = {
  id: 'thirds',
  summary: 'Fixes every third weight',
  options: z.strictObject({}),
  constants({ shape, role }) {
    if (role !== 'weight') return null;
    const fixed = tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, at) => (at % 3 === 0 ? 1 : 0)),
      [...shape],
    );
    return { scale: tf.sub(1, fixed), shift: fixed };
  },
};
const network = buildNetwork({ architecture: small, options: {}, breaking: thirds });
const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
const images = tf.tensor(normal(keyFromSeed(3), 20 * 50), [20, 5, 5, 2]);

test('every layer is measured on its inputs in evaluation mode, a convolution on its patches', async () => {
  const found = await realizationCosts(network, variables, images, { batch: 7 });
  expect(found.map(({ layer, weight, units }) => [layer, weight, units])).toEqual([
    ['stem', 'stem.conv.weight', 3],
    ['head', 'head.linear.weight', 4],
  ]);
  const patches = convolutionPatches(images, { kernel: 3, stride: 2 });
  expect(patches.shape).toEqual([20 * 9, 18]);
  const subspace = principalSubspace(await inputMoments(patches));
  const expected = await layerRealizationCosts(await neuronLayer(network, variables, 'stem.conv.weight'), subspace);
  expectAllclose(found[0]!.costs, expected, { rtol: 1e-6, atol: 1e-6 });
  const hidden = tf.tidy(() => {
    const filter = tf.transpose(network.effective(variables)['stem.conv.weight']!, [2, 3, 1, 0]) as tf.Tensor4D;
    return tf.mean(tf.relu(tf.conv2d(images as tf.Tensor4D, filter, 2, 1)), [1, 2]);
  });
  expectAllclose(found[1]!.subspace.variances, principalSubspace(await inputMoments(hidden)).variances, { rtol: 1e-5, atol: 1e-7 });
});

test('one evaluator serves many models, compiles once and leaves no tensors', async () => {
  const other = network.init({ initKey: keyFromSeed(4), constantsKey: keyFromSeed(2) });
  const before = tf.memory().numTensors;
  const evaluator = createCostsEvaluator(network, { layers: ['head'], explained: 0.99 });
  const [first, second, again] = [
    await evaluator.measure(variables, images),
    await evaluator.measure(other, images),
    await evaluator.measure(variables, images),
  ];
  evaluator.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(first).toEqual(again);
  expect(first).toHaveLength(1);
  expect(first[0]!.costs).not.toEqual(second[0]!.costs);
});

test('a layer that cannot be measured and a weight that is not there are named', async () => {
  await expect(realizationCosts(network, variables, images, { layers: ['body'] })).rejects.toThrow(
    'layerInputs: layers whose neurons can be measured, got body',
  );
  await expect(neuronLayer(network, variables, 'body.weight')).rejects.toThrow('neuronLayer: one of stem.conv.weight');
});

test('a layer carries its trained weights and bias', async () => {
  const { trained, bias, scale } = await neuronLayer(network, variables, 'head.linear.weight');
  expect(trained).toHaveLength(12);
  expect([...Array.from(bias!)]).toEqual([0, 0, 0, 0]);
  expect(scale![0]).toBe(0);
});
