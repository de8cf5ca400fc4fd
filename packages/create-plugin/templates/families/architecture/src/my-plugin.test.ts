import { architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginArchitecture } from './my-plugin.js';

await tf.setBackend('cpu');

testContract(
  architectureContract(myPluginArchitecture, [
    { options: { inputs: 6, hidden: 7, outputs: 3 }, inputShape: [6] },
    { options: { inputs: 12, outputs: 2 }, inputShape: [2, 2, 3] },
  ]),
);
