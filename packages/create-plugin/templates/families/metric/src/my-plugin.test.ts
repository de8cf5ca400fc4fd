import { metricContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginMetric } from './my-plugin.js';

await tf.setBackend('cpu');

const layer = (values: number[][]) => ({
  rows: values.length,
  columns: [{ name: 'a.hidden', field: { model: 'a', layer: 'hidden', site: 'post-activation' as const }, tensor: tf.tensor2d(values) }],
});

testContract(
  metricContract(myPluginMetric, [
    {
      name: 'half of them',
      batch: () =>
        layer([
          [0, 1],
          [2, 0],
          [0, -1],
          [3, 0],
        ]),
      expected: { 'active{layer=hidden,site=post-activation}': 0.5 },
    },
    {
      name: 'a dead layer',
      batch: () =>
        layer([
          [0, 0],
          [0, 0],
        ]),
      expected: { 'active{layer=hidden,site=post-activation}': 0 },
    },
  ]),
);
