import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { mlp } from './architectures/mlp.js';
import { standard } from './breakings/standard.js';
import { fromReferenceName, fromReferenceTensors, toReferenceName } from './reference-names.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('every parameter and running statistic of an MLP has a name there, and it leads back', () => {
  const network = buildNetwork({
    architecture: mlp,
    options: { inputs: 3, widths: [2, 2], outputs: 2, norm: 'batch' },
    breaking: standard,
  });
  const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  for (const record of ['params', 'state'] as const) {
    for (const name of Object.keys(variables[record])) expect(fromReferenceName(toReferenceName(name)!)).toEqual({ record, name });
  }
  expect(toReferenceName('layers.0.norm.initialVariance')).toBeNull();
  expect(fromReferenceName('norms.0.num_batches_tracked')).toBeNull();
});

test('masks become constants, each layer with its own scale', () => {
  const given = {
    'lins.0.mask': tf.tensor2d([[1, 0]]),
    'lins.0.normal_mask': tf.tensor2d([[3, 5]]),
    'lins.1.noise': tf.tensor2d([[2]]),
    'activations.0.C': tf.tensor2d([[7]]),
  };
  const { constants, params } = fromReferenceTensors(given, { fixedScale: [0.5, 2] });
  const values = Object.fromEntries(Object.entries(constants).map(([name, x]) => [name, Array.from(x.dataSync())]));
  expect(params).toEqual({});
  expect(values).toEqual({
    'layers.0.linear.weight.scale': [1, 0],
    'layers.0.linear.weight.shift': [0, 2.5],
    'layers.1.linear.weight.shift': [4],
    'layers.0.gate': [7],
  });
});
