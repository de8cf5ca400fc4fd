import { scheduleContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginSchedule } from './my-plugin.js';

await tf.setBackend('cpu');

testContract(
  scheduleContract(myPluginSchedule, [
    { options: {} },
    {
      options: { warmup: 4 },
      expected: [
        { epoch: 0, step: 0, factor: 0.25 },
        { epoch: 0, step: 3, factor: 1 },
        { epoch: 3, step: 15, factor: 0.5 },
      ],
    },
  ]),
);
