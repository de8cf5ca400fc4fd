import * as tf from '@tensorflow/tfjs-core';
import { createConnectivityEvaluator } from '@basinlab/metrics/linear-mode-connectivity';
import { medianSeconds } from '../timing.mjs';

/** 9 points between two networks on 10,000 images. */
export const connectivityJob = {
  name: 'lmc',
  baselines: ['torch_jobs'],
  async run({ networks, a, b, data }) {
    const split = { inputs: tf.slice(data.train.inputs, [0, 0], [10_000, -1]), labels: tf.slice(data.train.labels, [0], [10_000]) };
    const evaluator = createConnectivityEvaluator(networks.standard, { steps: 8 });
    try {
      return { seconds: await medianSeconds(() => evaluator.path(a, b, split), 3) };
    } finally {
      evaluator.dispose();
      split.inputs.dispose();
      split.labels.dispose();
    }
  },
};
