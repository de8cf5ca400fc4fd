import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed, type SymmetryBreaking, type Tensors } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose, architectureContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { applyTransform } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { gpt2Circuits } from '../architectures/gpt2-circuits.js';
import { gpt2 } from '../architectures/gpt2.js';
import { vitCircuits } from '../architectures/vit-circuits.js';
import { vit } from '../architectures/vit.js';
import { absorbGains, toCircuits } from './circuits.js';
import { expandCircuits } from './expand-width.js';
import { fromCircuits } from './from-circuits.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const breaking: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const tokens = (batch: number) => tf.tensor2d(randomInt(keyFromSeed(3), batch * 5, 0, 7), [batch, 5], 'int32');

testContract(
  architectureContract(gpt2Circuits, [
    {
      options: { vocabulary: 7, positions: 5, width: 6, layers: 2, heads: 3, units: 4 },
      inputShape: [5],
      inputs: tokens,
    },
  ]),
);

/** Every parameter away from where it starts, gains and biases too. */
const moved = (params: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => {
      const noise = tf.tensor(normal(childKey(keyFromSeed(9), name), tensor.size, { deviation: 0.2 }), tensor.shape);
      return [name, tf.add(tensor, noise)];
    }),
  );

const variablesOf = (params: Tensors) => ({ params, constants: {}, state: {} });
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };

test.each([
  [1, 1, { tied: true }],
  [2, 3, { tied: true }],
  [3, 2, { tied: false }],
  [2, 2, { norm: 'rms' }],
  [2, 3, { keyValueHeads: 1, gated: true }],
] as const)('gpt2: %d layers of %d heads as circuits give the same logits, %j', async (layers, heads, others) => {
  const sizes = { vocabulary: 7, positions: 5, width: 6, layers, heads, units: 8 };
  const network = buildNetwork({ architecture: gpt2, options: { ...sizes, ...others }, breaking });
  const params = moved(network.init(keys).params);
  const before = tf.memory().numTensors;
  const circuits = await toCircuits(params, { heads, ...others });
  const rewritten = buildNetwork({ architecture: gpt2Circuits, options: { ...sizes, gated: 'gated' in others }, breaking });
  expect(Object.keys(circuits).sort()).toEqual(rewritten.params.map(({ name }) => name).sort());
  expect(tf.memory().numTensors).toBe(before + Object.keys(circuits).length);
  for (const { name, shape } of rewritten.params) expect(circuits[name]!.shape).toEqual(shape);
  const logits = (of: typeof network, values: Tensors) => of.apply(variablesOf(values), tokens(3)).logits;
  expectAllclose(logits(rewritten, circuits), logits(network, params), { rtol: 1e-4, atol: 1e-5 });
});

const images = { inputs: [4, 6, 2] as [number, number, number], classes: 3, patch: 2, width: 6, layers: 2, heads: 3, units: 5 };
const pictures = tf.tensor4d(normal(keyFromSeed(4), 3 * 48), [3, 4, 6, 2]);

testContract(
  architectureContract(vitCircuits, [
    { options: images, inputShape: [4, 6, 2] },
    { options: { ...images, pooling: 'mean', layers: 1 }, inputShape: [48] },
  ]),
);

describe.each([{}, { pooling: 'mean' }, { norm: 'rms', heads: 1 }] as const)('vit %j', (others) => {
  const options = vit.options.parse({ ...images, ...others });
  const network = buildNetwork({ architecture: vit, options, breaking });
  const [rewrite] = vit.rewrites!;
  const logits = (of: typeof network, values: Tensors) => of.apply(variablesOf(values), pictures).logits;

  test('as circuits it gives the same logits', async () => {
    const params = moved(network.init(keys).params);
    const circuits = await rewrite!.params(params, options);
    const rewritten = buildNetwork({ architecture: vitCircuits, options: rewrite!.options(options), breaking });
    expect(Object.keys(circuits).sort()).toEqual(rewritten.params.map(({ name }) => name).sort());
    for (const { name, shape } of rewritten.params) expect(circuits[name]!.shape).toEqual(shape);
    expectAllclose(logits(rewritten, circuits), logits(network, params), { rtol: 1e-4, atol: 1e-5 });
  });

  test('rotated and brought back it gives the same logits', async () => {
    const params = moved(network.init(keys).params);
    const rewritten = buildNetwork({ architecture: vitCircuits, options: rewrite!.options(options), breaking });
    const matrix = Float64Array.from(orthonormalColumns(Float64Array.from(normal(keyFromSeed(6), 36)), 6, 6));
    const circuits = applyTransform(rewritten.params, await rewrite!.params(params, options), {
      residual: { kind: 'orthogonal', size: 6, matrix },
      'blocks.1.mlp': { kind: 'permutation', indices: Int32Array.of(4, 2, 0, 1, 3) },
    });
    const before = tf.memory().numTensors;
    const back = await fromCircuits(circuits, { specs: rewritten.params });
    expect(tf.memory().numTensors).toBe(before + Object.keys(back.params).length);
    expect(back.rankError).toBeLessThan(1e-4);
    if (options.norm === 'rms') {
      // Its stream has a mean, which LayerNorm would take.
      expect(back.meanError).toBeGreaterThan(1e-3);
      return;
    }
    expect(back.meanError).toBeLessThan(1e-4);
    expect(Object.keys(back.params).sort()).toEqual(Object.keys(params).sort());
    expectAllclose(logits(network, back.params), logits(network, params), { rtol: 1e-3, atol: 1e-4 });
  });

  test('wider it gives the same logits', async () => {
    const circuits = await rewrite!.params(moved(network.init(keys).params), options);
    const of = (more: object) =>
      buildNetwork({ architecture: vitCircuits, options: { ...rewrite!.options(options), ...more } as never, breaking });
    const basis = tf.tensor2d(Float32Array.from(orthonormalColumns(Float64Array.from(normal(keyFromSeed(6), 9 * 6)), 9, 6)), [9, 6]);
    const { params, epsilon } = expandCircuits(circuits, basis, options.epsilon);
    expectAllclose(logits(of({ width: 9, epsilon }), params), logits(of({}), circuits), { rtol: 1e-4, atol: 1e-5 });
  });
});

test('a gain of 0 is refused by name', async () => {
  const network = buildNetwork({ architecture: gpt2, options: { vocabulary: 7, positions: 5, width: 4, heads: 2 }, breaking });
  const { params } = network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) });
  const spoiled = { ...params, 'blocks.1.mlpNorm.weight': tf.tensor1d([1, 1, 0, 1]) };
  await expect(absorbGains(spoiled)).rejects.toThrow(
    'blocks.1.mlpNorm.weight: gains of at least 0.000001, which can be absorbed, got 0 at 2',
  );
});
