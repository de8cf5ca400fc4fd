import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose, architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { standard } from '../breakings/standard.js';
import { deepLinear } from './deep-linear.js';
import type { DeepLinearOptions } from './deep-linear.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };
const build = (options: Partial<DeepLinearOptions>) => buildNetwork({ architecture: deepLinear, options, breaking: standard });
const sample = (seed: number, rows: number, columns: number): Tensor2D =>
  tf.tensor2d(normal(keyFromSeed(seed), rows * columns), [rows, columns]);

testContract(
  architectureContract(deepLinear, [
    { options: { inputs: 4, widths: [5, 3], outputs: 2 }, inputShape: [4] },
    { options: { inputs: 4, widths: [5, 6, 4], outputs: 2, skip: 0.5 }, inputShape: [4] },
    { options: { inputs: 4, widths: [], outputs: 3 }, inputShape: [4] },
  ]),
);

test('is the product of its matrices, with the skip around all but the last', () => {
  const network = build({ inputs: 3, widths: [2, 3], outputs: 2, skip: -1.5 });
  const [w1, w2, w3] = [sample(1, 2, 3), sample(2, 3, 2), sample(3, 2, 3)];
  const params = { 'layers.0.linear.weight': w1, 'layers.1.linear.weight': w2, 'layers.2.linear.weight': w3 };
  const x = sample(4, 5, 3);
  const inner = tf.add(tf.matMul(w2, w1), tf.mul(tf.eye(3), -1.5));
  const expected = tf.matMul(x, tf.matMul(w3, inner as Tensor2D), false, true);
  expectAllclose(network.apply({ params, constants: {}, state: {} }, x).logits, expected, { rtol: 1e-5 });
});

describe('the symmetry axes', () => {
  const axes = (options: Partial<DeepLinearOptions>) => build(options).params.map((spec) => spec.axes.map((axis) => axis?.group ?? null));
  test('are those of every hidden layer without a skip', () => {
    expect(axes({ inputs: 3, widths: [3, 3], outputs: 1 })).toEqual([
      ['layers.0', null],
      ['layers.1', 'layers.0'],
      [null, 'layers.1'],
    ]);
  });
  test('end before the layer that a skip ties to the inputs', () => {
    expect(axes({ inputs: 3, widths: [3, 3], outputs: 1, skip: 1 })).toEqual([
      ['layers.0', null],
      [null, 'layers.0'],
      [null, null],
    ]);
  });
});

test('any invertible map of a hidden layer leaves the function equal', () => {
  const network = build({ inputs: 3, widths: [3, 3], outputs: 2, skip: 1 });
  const variables = network.init(keys);
  const g = tf.tensor2d([2, 1, 0, 0, 1, 0, 0, -1, 0.5], [3, 3]);
  const inverse = tf.tensor2d([0.5, -0.5, 0, 0, 1, 0, 0, 2, 2], [3, 3]);
  const [first, second] = ['layers.0.linear.weight', 'layers.1.linear.weight'] as const;
  const params = {
    ...variables.params,
    [first]: tf.matMul(g, variables.params[first] as Tensor2D),
    [second]: tf.matMul(variables.params[second] as Tensor2D, inverse),
  };
  const x = sample(7, 4, 3);
  expectAllclose(network.apply({ ...variables, params }, x).logits, network.apply(variables, x).logits, { rtol: 1e-4 });
});

test('a skip of another width and inputs of another size are refused', () => {
  expect(() => build({ inputs: 3, widths: [3, 2], outputs: 1, skip: 1 })).toThrow('a skip needs a last hidden layer as wide as the input');
  expect(() => build({ inputs: 3, widths: [], outputs: 1, skip: 1 })).toThrow('a skip needs a last hidden layer as wide as the input');
  const network = build({ inputs: 3, widths: [2], outputs: 1 });
  expect(() => network.apply(network.init(keys), tf.ones([2, 4]))).toThrow('deep-linear: inputs of 3 entries, got [4]');
});
