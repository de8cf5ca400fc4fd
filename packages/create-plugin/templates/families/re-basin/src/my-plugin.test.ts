import { rebasinContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import { mlp } from '@basinlab/models-asymmetric';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginRebasin } from './my-plugin.js';

await tf.setBackend('cpu');

testContract(
  rebasinContract(myPluginRebasin, [
    { architecture: mlp, options: { inputs: 6, widths: [8, 5], outputs: 3 }, inputShape: [6] },
    { architecture: mlp, options: { inputs: 6, widths: [7], outputs: 2, norm: 'batch' }, inputShape: [6] },
  ]),
);
