import * as tf from '@tensorflow/tfjs-core';
import { createActivationRecorder, disposeActivations } from '@basinlab/core';
import { matchActivations } from '@basinlab/rebasin';
import { medianSeconds, withPeakMegabytes } from '../timing.mjs';

const sites = ['post-linear', 'post-norm', 'post-activation'];

/** Three hidden layers at three sites, 10,000 images, forward passes included. */
export const activationMatchingJob = {
  name: 'activation-matching',
  baselines: ['torch_jobs'],
  async run({ networks, a, b, data }) {
    const network = networks.standard;
    const inputs = tf.slice(data.train.inputs, [0, 0], [10_000, -1]);
    const recorder = createActivationRecorder(network, { sites, batch: 10_000 });
    const work = async () => {
      const [left, right] = [recorder.record('a', a, inputs), recorder.record('b', b, inputs)];
      for (const site of sites) await matchActivations(left, right, { specs: network.params, site });
      disposeActivations([...left, ...right]);
    };
    try {
      return await withPeakMegabytes(async () => ({ seconds: await medianSeconds(work, 3) }));
    } finally {
      recorder.dispose();
      inputs.dispose();
    }
  },
};
