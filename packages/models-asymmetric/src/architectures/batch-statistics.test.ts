import { beforeAll, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork, keyFromSeed } from '@basinlab/core';
import { normal } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { recomputeStatistics } from '@basinlab/core/training';
import { standard } from '../breakings/standard.js';
import { mlp } from './mlp.js';

beforeAll(() => tf.setBackend('cpu'));

test('recomputed statistics of batch norm are means over batches of the mean and of the unbiased variance', () => {
  const network = buildNetwork({
    architecture: mlp,
    options: { inputs: 3, widths: [2], outputs: 2, norm: 'batch' },
    breaking: standard,
  });
  const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(0) });
  const inputs = tf.tensor2d(normal(keyFromSeed(2), 10 * 3), [10, 3]);
  const { 'layers.0.linear.weight': weight, 'layers.0.linear.bias': bias } = variables.params;
  const z = tf.add(tf.matMul(inputs, weight as tf.Tensor2D, false, true), bias!).arraySync() as number[][];
  const batches = [z.slice(0, 4), z.slice(4, 8), z.slice(8)];
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const unbiased = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1);
  const over = (f: (values: readonly number[]) => number): number[] =>
    [0, 1].map((unit) => mean(batches.map((rows) => f(rows.map((row) => row[unit]!)))));
  const { state } = recomputeStatistics(network, variables, inputs, { batch: 4 });
  expectAllclose(state['layers.0.norm.runningMean']!, over(mean), { atol: 1e-6 });
  expectAllclose(state['layers.0.norm.runningVariance']!, over(unbiased), { rtol: 1e-5 });
});
