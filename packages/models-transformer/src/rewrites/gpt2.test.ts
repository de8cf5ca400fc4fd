import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed, type SymmetryBreaking, type Tensors } from '@basinlab/core';
import { childKey, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose, testArchitecture } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { gpt2Circuits } from '../architectures/gpt2-circuits.js';
import { gpt2 } from '../architectures/gpt2.js';
import { absorbGains, gpt2ToCircuits } from './gpt2.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const breaking: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const tokens = (batch: number) => tf.tensor2d(randomInt(keyFromSeed(3), batch * 5, 0, 7), [batch, 5], 'int32');

testArchitecture(gpt2Circuits, [
  {
    options: { vocabulary: 7, positions: 5, width: 6, layers: 2, heads: 3, units: 4 },
    inputShape: [5],
    inputs: tokens,
  },
]);

/** Every parameter away from where it starts, gains and biases too. */
const moved = (params: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => {
      const noise = tf.tensor(normal(childKey(keyFromSeed(9), name), tensor.size, { deviation: 0.2 }), tensor.shape);
      return [name, tf.add(tensor, noise)];
    }),
  );

test.each([
  [1, 1, true],
  [2, 3, true],
  [3, 2, false],
])('%d layers of %d heads as circuits give the same logits, tied: %s', async (layers, heads, tied) => {
  const sizes = { vocabulary: 7, positions: 5, width: 6, layers, heads, units: 8 };
  const network = buildNetwork({ architecture: gpt2, options: { ...sizes, tied }, breaking });
  const params = moved(network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) }).params);
  const before = tf.memory().numTensors;
  const circuits = await gpt2ToCircuits(params, { heads });
  const rewritten = buildNetwork({ architecture: gpt2Circuits, options: sizes, breaking });
  expect(Object.keys(circuits).sort()).toEqual(rewritten.params.map(({ name }) => name).sort());
  expect(tf.memory().numTensors).toBe(before + Object.keys(circuits).length);
  for (const { name, shape } of rewritten.params) expect(circuits[name]!.shape).toEqual(shape);
  const logits = (of: typeof network, values: Tensors) => of.apply({ params: values, constants: {}, state: {} }, tokens(3)).logits;
  expectAllclose(logits(rewritten, circuits), logits(network, params), { rtol: 1e-4, atol: 1e-5 });
});

test('a gain of 0 is refused by name', async () => {
  const network = buildNetwork({ architecture: gpt2, options: { vocabulary: 7, positions: 5, width: 4, heads: 2 }, breaking });
  const { params } = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const spoiled = { ...params, 'blocks.1.mlpNorm.weight': tf.tensor1d([1, 1, 0, 1]) };
  await expect(absorbGains(spoiled)).rejects.toThrow(
    'blocks.1.mlpNorm.weight: gains of at least 0.000001, which can be absorbed, got 0 at 2',
  );
});
