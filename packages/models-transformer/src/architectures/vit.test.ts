import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed, type SymmetryBreaking } from '@basinlab/core';
import { normal } from '@basinlab/core/random';
import { expectAllclose, architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { vit, type VitOptions } from './vit.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const breaking: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const small: Partial<VitOptions> = { inputs: [6, 4, 3], classes: 3, patch: 2, width: 6, layers: 2, heads: 3, units: 5 };

testContract(
  architectureContract(vit, [
    { options: small, inputShape: [6, 4, 3] },
    { options: { ...small, pooling: 'mean', layers: 1 }, inputShape: [72] },
  ]),
);

test('patches are tokens: without positions, exchanging two patches of every image changes nothing', () => {
  const network = buildNetwork({ architecture: vit, options: { ...small, pooling: 'mean' }, breaking });
  const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const without = { ...variables, params: { ...variables.params, 'positions.weight': tf.zeros([6, 6]) } };
  const x = tf.tensor4d(normal(keyFromSeed(3), 2 * 72), [2, 6, 4, 3]);
  const [top, middle, rest] = [
    tf.slice(x, [0, 0, 0, 0], [2, 2, 4, 3]),
    tf.slice(x, [0, 2, 0, 0], [2, 2, 4, 3]),
    tf.slice(x, [0, 4, 0, 0], [2, 2, 4, 3]),
  ];
  const exchanged = tf.concat([middle, top, rest], 1);
  expectAllclose(network.apply(without, exchanged).logits, network.apply(without, x).logits, { rtol: 1e-4, atol: 1e-6 });
  const moved = tf.max(tf.abs(tf.sub(network.apply(variables, exchanged).logits, network.apply(variables, x).logits)));
  expect(moved.dataSync()[0]).toBeGreaterThan(1e-5);
});

test('images that are not of the right size, or not of whole patches, are refused', () => {
  const network = buildNetwork({ architecture: vit, options: small, breaking });
  const variables = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  expect(() => network.apply(variables, tf.zeros([1, 6, 4, 1]))).toThrow('vit: images 6 x 4 x 3, got [6,4,1]');
  expect(() => buildNetwork({ architecture: vit, options: { ...small, patch: 4 }, breaking })).toThrow(
    'vit: images of whole patches of 4 x 4, got [6,4]',
  );
});
