import { datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginDataset } from './my-plugin.js';

await tf.setBackend('cpu');

testContract(
  datasetContract(myPluginDataset, [
    { options: {}, samples: { train: 512, validation: 128, test: 128 } },
    { options: { arms: 5, train: 40, noise: 0 } },
  ]),
);
