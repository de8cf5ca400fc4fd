import { buildNetwork } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { measurementContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/vitest';
import { mlp, standard } from '@basinlab/models-asymmetric';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { myPluginMeasurement } from './my-plugin.js';

await tf.setBackend('cpu');

const network = buildNetwork({ architecture: mlp, options: { inputs: 4, widths: [6], outputs: 3 }, breaking: standard });

testContract(
  measurementContract(myPluginMeasurement, [
    {
      network,
      models: () => [network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) })],
      examples: () => ({ inputs: tf.randomNormal([12, 4], 0, 1, 'float32', 3), labels: tf.zeros([12], 'int32') }),
      expect(rows) {
        const layers = rows.map(({ parameter }) => parameter);
        if (layers.length !== 2) throw new Error(`a row for each of two layers, got ${layers.join(', ')}`);
      },
    },
  ]),
);
