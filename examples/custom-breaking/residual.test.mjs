import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { testSymmetryBreaking } from '@basinlab/core/testing';
import { mlp } from '@basinlab/models-asymmetric';
import plugins from './residual.mjs';

await tf.setBackend('cpu');

testSymmetryBreaking(plugins.symmetryBreaking[0], [
  {
    options: { strength: 0.5 },
    architecture: mlp,
    architectureOptions: { inputs: 8, widths: [6, 6], outputs: 3 },
    inputShape: [8],
    random: false, // the constants are the same whatever the seed
  },
]);
