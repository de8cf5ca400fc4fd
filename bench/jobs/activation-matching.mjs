import * as tf from '@tensorflow/tfjs-core';
import { createActivationRecorder, disposeActivations } from '@basinlab/core';
import { matchActivations } from '@basinlab/rebasin';
import { bareProducts } from './bare-products.mjs';

const sites = ['post-linear', 'post-norm', 'post-activation'];

/** Three hidden layers at three sites, 10,000 images, forward passes included. */
export const activationMatchingJob = {
  name: 'activation-matching',
  baselines: ['torch_jobs'],
  async prepare({ networks, a, b, data }) {
    const network = networks.standard;
    const inputs = tf.slice(data.train.inputs, [0, 0], [10_000, -1]);
    const recorder = createActivationRecorder(network, { sites, batch: 10_000 });
    const products = bareProducts({ forward: 2, layers: [784, 512, 512, 512], correlations: 9 });
    return {
      async work() {
        const [left, right] = [recorder.record('a', a, inputs), recorder.record('b', b, inputs)];
        for (const site of sites) await matchActivations(left, right, { specs: network.params, site });
        disposeActivations([...left, ...right]);
      },
      beside: { 'ours, the products alone': products.work },
      end() {
        recorder.dispose();
        products.end();
        inputs.dispose();
      },
    };
  },
};
