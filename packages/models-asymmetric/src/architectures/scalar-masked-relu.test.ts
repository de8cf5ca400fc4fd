import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { expectAllclose, architectureContract, symmetryBreakingContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { bernoulliMask } from '../breakings/bernoulli-mask.js';
import { standard } from '../breakings/standard.js';
import { scalarMaskedRelu } from './scalar-masked-relu.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };
const small = { inputs: 6, width: 5 };

testContract(
  architectureContract(scalarMaskedRelu, [
    { options: small, inputShape: [6] },
    { options: { ...small, bias: false }, inputShape: [6] },
  ]),
);
testContract(
  symmetryBreakingContract(bernoulliMask, [
    { options: { active: 0.5 }, architecture: scalarMaskedRelu, architectureOptions: small, inputShape: [6] },
  ]),
);

test('is the sum of rectified units', () => {
  const network = buildNetwork({ architecture: scalarMaskedRelu, options: { inputs: 2, width: 3 }, breaking: standard });
  const params = { 'hidden.weight': tf.tensor2d([1, 0, 0, -2, 3, 1], [3, 2]), 'hidden.bias': tf.tensor1d([0, 0.5, -1]) };
  const x = tf.tensor2d([2, -1, 1, 1], [2, 2]);
  expectAllclose(network.apply({ params, constants: {}, state: {} }, x).logits, tf.tensor2d([8.5, 4], [2, 1]));
});

test('starts as in the experiment: weights of deviation 0.05, no bias, 15% of the weights active', () => {
  const network = buildNetwork({ architecture: scalarMaskedRelu, options: { width: 500 }, breaking: bernoulliMask });
  const { params, constants } = network.init(keys);
  const mask = constants['hidden.weight.scale']!;
  expect(mask.shape).toEqual([500, 20]);
  expect(new Set(mask.dataSync())).toEqual(new Set([0, 1]));
  expect(tf.mean(mask).dataSync()[0]).toBeCloseTo(0.15, 2);
  const free = tf.mean(tf.square(params['hidden.weight']!)).dataSync()[0]! / tf.mean(mask).dataSync()[0]!;
  expect(Math.sqrt(free)).toBeCloseTo(0.05, 2);
  expect(tf.max(tf.abs(params['hidden.bias']!)).dataSync()[0]).toBe(0);
});

test('inputs of another size are refused', () => {
  const network = buildNetwork({ architecture: scalarMaskedRelu, options: small, breaking: standard });
  expect(() => network.apply(network.init(keys), tf.ones([2, 7]))).toThrow('scalar-masked-relu: inputs of 6 entries, got [7]');
});
