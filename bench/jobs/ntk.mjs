import * as tf from '@tensorflow/tfjs-core';
import { keyFromSeed } from '@basinlab/core/random';
import { createKernelEvaluator } from '@basinlab/metrics/ntk';
import { medianSeconds, withPeakMegabytes } from '../timing.mjs';

/** Neural tangent kernel of 784-512x3-10 on 1,000 images, all 10 logits: of a trained standard network, and of a W network at its start. */
export const kernelJobs = ['standard', 'w'].map((kind) => ({
  name: kind === 'standard' ? 'ntk' : 'ntk-w',
  baselines: ['kernel_jobs'],
  async run({ networks, a, data }) {
    const network = networks[kind];
    const model = kind === 'standard' ? a : network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
    const inputs = tf.slice(data.train.inputs, [0, 0], [1000, -1]);
    const evaluator = createKernelEvaluator(network);
    try {
      return await withPeakMegabytes(async () => ({ seconds: await medianSeconds(() => evaluator.kernel(model, inputs), 3) }));
    } finally {
      evaluator.dispose();
      inputs.dispose();
    }
  },
}));
