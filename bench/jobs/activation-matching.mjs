import * as tf from '@tensorflow/tfjs-core';
import { disposeActivations, recordActivations } from '@basinlab/core';
import { matchActivations } from '@basinlab/rebasin';
import { medianSeconds } from '../timing.mjs';

const SITES = ['post-linear', 'post-norm', 'post-activation'];

/** Three hidden layers at three sites, 10,000 images, forward passes included. */
export const activationMatchingJob = {
  name: 'activation-matching',
  baselines: ['torch_jobs'],
  async run({ networks, a, b, data }) {
    const network = networks.standard;
    const inputs = tf.slice(data.train.inputs, [0, 0], [10_000, -1]);
    const work = async () => {
      for (const site of SITES) {
        const batches = ['a', 'b'].map((model) => recordActivations(network, { a, b }[model], inputs, { model, site, batch: 5_000 }));
        await matchActivations(...batches, { specs: network.params, site });
        disposeActivations(batches.flat());
      }
    };
    try {
      return { seconds: await medianSeconds(work, 3) };
    } finally {
      inputs.dispose();
    }
  },
};
