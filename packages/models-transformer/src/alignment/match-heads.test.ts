import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed, type SymmetryBreaking, type Tensors } from '@basinlab/core';
import { childKey, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import { applyTransform } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { gpt2Circuits } from '../architectures/gpt2-circuits.js';
import { gpt2 } from '../architectures/gpt2.js';
import { toCircuits } from '../rewrites/circuits.js';
import { backFrom } from '../rewrites/from-circuits.js';
import { headMapSpecs, matchHeads } from './match-heads.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const breaking: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const common = { vocabulary: 7, positions: 5, width: 12, layers: 2, heads: 4, units: 8 };
const sizes = { ...common, tied: false };
const inputs = () => tf.tensor2d(randomInt(keyFromSeed(3), 10, 0, 7), [2, 5], 'int32');

/** A model away from where it starts, with its logits. */
function model(options: Partial<typeof sizes> & { keyValueHeads?: number } = {}) {
  const network = buildNetwork({ architecture: gpt2, options: { ...sizes, ...options }, breaking });
  const { params } = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const moved: Tensors = Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => {
      const noise = tf.tensor(normal(childKey(keyFromSeed(9), name), tensor.size, { deviation: 0.3 }), tensor.shape);
      return [name, tf.add(tensor, noise)];
    }),
  );
  return { params: moved, logits: (of: Tensors) => network.apply({ params: of, constants: {}, state: {} }, inputs()).logits };
}

test.each([{}, { keyValueHeads: 2 }])('maps of every head that were planted are found, %j', async (options) => {
  const { params, logits } = model(options);
  const heads = { heads: 4, ...options };
  const specs = headMapSpecs(params, heads);
  const own = Object.fromEntries(specs.map(({ name }) => [name, params[name]!]));
  const planted = { ...params, ...applyTransform(specs, own, randomTransform(specs, keyFromSeed(4))) };
  expectAllclose(logits(planted), logits(params), { rtol: 1e-3, atol: 1e-3 });
  const before = tf.memory().numTensors;
  const { params: found, conditions } = await matchHeads(params, planted, heads);
  expect(tf.memory().numTensors - before).toBe(Object.keys(params).length);
  for (const [name, tensor] of Object.entries(params)) expectAllclose(found[name]!, tensor, { rtol: 1e-3, atol: 1e-3 });
  expect(Object.keys(conditions)).toHaveLength(2 * 2 * ((options as { keyValueHeads?: number }).keyValueHeads ?? 4));
  for (const condition of Object.values(conditions)) expect(condition).toBeGreaterThan(1);
});

test('a model that comes back from circuits gets the coordinates of another, with its function as it was', async () => {
  const { params, logits } = model();
  const options = gpt2Circuits.options.parse(common);
  const circuits = await toCircuits(params, { heads: 4 });
  // The circuits of a head do not tell its coordinates: those of the second model are changed, and it is moved by what moves circuits.
  const onto = await backFrom(gpt2Circuits, options, { params: circuits, onto: undefined }, {});
  const noisy = Object.fromEntries(
    Object.entries(circuits).map(([name, tensor]) => [
      name,
      tf.add(tensor, tf.tensor(normal(childKey(keyFromSeed(5), name), tensor.size, { deviation: 1e-3 }), tensor.shape)),
    ]),
  );
  const alone = await backFrom(gpt2Circuits, options, { params: noisy, onto: undefined }, {});
  const { params: near, conditions } = await backFrom(gpt2Circuits, options, { params: noisy, onto: onto.params }, {});
  expectAllclose(logits(near), logits(alone.params), { rtol: 1e-2, atol: 1e-2 });
  const distance = (of: Tensors): number =>
    Object.entries(onto.params).reduce((sum, [name, tensor]) => sum + tf.sum(tf.squaredDifference(tensor, of[name]!)).dataSync()[0]!, 0);
  expect(distance(near)).toBeLessThan(0.5 * distance(alone.params));
  expect(Object.keys(conditions!)).toHaveLength(16);
});

test('heads that do not divide are refused', async () => {
  const { params } = model();
  await expect(matchHeads(params, params, { heads: 5 })).rejects.toThrow('blocks.0.attention: heads that divide 12');
});
