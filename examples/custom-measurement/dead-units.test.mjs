import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { measurementContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { mlp, standard } from '@basinlab/models-asymmetric';
import plugins from './dead-units.mjs';

await tf.setBackend('cpu');

const options = { inputs: 4, widths: [6], outputs: 3, activation: 'relu', norm: 'none' };
const network = buildNetwork({ architecture: mlp, options, breaking: standard });

testContract(
  measurementContract(plugins.measurement[0], [
    {
      network,
      models: () => [network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) })],
      examples: () => ({ inputs: tf.randomNormal([12, 4], 0, 1, 'float32', 3), labels: tf.zeros([12], 'int32') }),
    },
  ]),
);
