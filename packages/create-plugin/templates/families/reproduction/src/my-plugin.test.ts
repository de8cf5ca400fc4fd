import { reproductionContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginReproduction } from './my-plugin.js';

await tf.setBackend('cpu');

testContract(
  reproductionContract(myPluginReproduction, [
    { name: 'smoke', holds: [true] },
    { name: 'one width', settings: { widths: [16] } },
  ]),
);
