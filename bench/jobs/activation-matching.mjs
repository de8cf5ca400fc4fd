import * as tf from '@tensorflow/tfjs-core';
import { createActivationRecorder } from '@basinlab/core';
import { createModelMatcher, matchActivationsAtSites } from '@basinlab/rebasin';
import { bareProducts } from './bare-products.mjs';

const sites = ['post-linear', 'post-norm', 'post-activation'];

/** Three hidden layers at three sites, 10,000 images, forward passes included; beside the same from a stream of recorded batches. */
export const activationMatchingJob = {
  name: 'activation-matching',
  baselines: ['torch_jobs'],
  async prepare({ networks, a, b, data }) {
    const network = networks.standard;
    const inputs = tf.slice(data.train.inputs, [0, 0], [10_000, -1]);
    const matcher = createModelMatcher(network, { sites });
    const recorder = createActivationRecorder(network, { sites });
    const streamed = () =>
      matchActivationsAtSites(recorder.stream('a', a, inputs), recorder.stream('b', b, inputs), { specs: network.params, sites });
    const products = bareProducts({ forward: 2, layers: [784, 512, 512, 512], correlations: 9 });
    return {
      work: () => matcher.match(a, b, inputs),
      beside: { 'ours, from recorded batches': streamed, 'ours, the products alone': products.work },
      end() {
        matcher.dispose();
        recorder.dispose();
        products.end();
        inputs.dispose();
      },
    };
  },
};
