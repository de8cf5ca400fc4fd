import * as tf from '@tensorflow/tfjs-core';
import { createConnectivityEvaluator } from '@basinlab/metrics/linear-mode-connectivity';
import { bareProducts } from './bare-products.mjs';

/** Points between two networks on 10,000 images; beside the matrix products of all points, which a network evaluated point by point takes. */
export const connectivityJobs = [9, 37].map((points) => ({
  name: points === 9 ? 'lmc' : `lmc-${points}`,
  baselines: ['torch_jobs'],
  async prepare({ networks, a, b, data }) {
    const split = { inputs: tf.slice(data.train.inputs, [0, 0], [10_000, -1]), labels: tf.slice(data.train.labels, [0], [10_000]) };
    const evaluator = createConnectivityEvaluator(networks.standard, { steps: points - 1 });
    const products = bareProducts({ forward: points, layers: [784, 512, 512, 512, 10] });
    return {
      work: () => evaluator.path(a, b, split),
      beside: { 'ours, the products alone of every point': products.work },
      end() {
        evaluator.dispose();
        products.end();
        tf.dispose(split);
      },
    };
  },
}));
