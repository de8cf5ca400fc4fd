import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { recomputeStatistics } from '@basinlab/tensor/evaluation';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import { neighbourNetwork } from './nodes.fixture.js';
import { blobs, tinyNetwork } from './training.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const keys = { initKey: [0, 3], constantsKey: [0, 1] } as const;

describe('recomputed statistics', () => {
  test('are the mean of what the batches show, whatever they were before', () => {
    const network = tinyNetwork();
    const start = network.init(keys);
    const variables = { ...start, state: { mean: tf.fill([6], 9) } };
    const { inputs } = blobs(23, 5);
    const hidden = tf.matMul(inputs as tf.Tensor2D, network.effective(variables)['a'] as tf.Tensor2D, false, true);
    const meanOf = (from: number, rows: number): tf.Tensor => tf.mean(tf.slice(hidden, from, rows), 0);
    const before = tf.memory().numTensors;
    const cases: [number, tf.Tensor][] = [
      [23, meanOf(0, 23)],
      [100, meanOf(0, 23)],
      [10, tf.div(tf.addN([meanOf(0, 10), meanOf(10, 10), meanOf(20, 3)]), 3)],
      // The last row alone is left out.
      [11, tf.div(tf.addN([meanOf(0, 11), meanOf(11, 11)]), 2)],
    ];
    const between = tf.memory().numTensors;
    for (const [batch, expected] of cases) {
      const found = recomputeStatistics(network, variables, inputs, { batch });
      expectAllclose(found.state['mean']!, expected.dataSync(), { atol: 1e-6 });
      expect(found.params).toBe(variables.params);
      found.state['mean']!.dispose();
    }
    expect(tf.memory().numTensors).toBe(between);
    expect(between).toBeGreaterThan(before);
  });

  test('need a sample', () => {
    const network = neighbourNetwork('samples');
    expect(() => recomputeStatistics(network, network.init(keys), tf.zeros([0, 4]))).toThrow(
      'recomputeStatistics: at least one sample, got 0',
    );
  });
});
