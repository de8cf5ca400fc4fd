import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, type ParamSpec, type SymmetryBreaking, type Tensors } from '@basinlab/core';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { layered } from '../layered.fixture.js';
import { applyTransform } from '../transform/index.js';
import { foldUnits } from './fold.js';
import { kMeans } from './k-means.js';

beforeAll(() => tf.setBackend('cpu'));

const unbroken: SymmetryBreaking = { id: 'standard', summary: 'none', options: z.strictObject({}), constants: () => null };
const key = keyFromSeed(2);

describe('k-means', () => {
  test('finds clouds that lie apart, wherever it starts', async () => {
    const centres = [-20, 0, 20];
    const rows = normal(key, 60 * 2).map((noise, at) => noise + centres[Math.floor(at / 2) % 3]!);
    for (const seed of [1, 2, 3, 4, 5]) {
      const { of, cost } = await kMeans(rows, 2, 3, keyFromSeed(seed));
      of.forEach((cluster, row) => expect(cluster).toBe(of[row % 3]));
      expect(new Set(of).size).toBe(3);
      expect(cost / 60).toBeLessThan(4);
    }
  });

  test('has a cluster for every row where there are as many, also where rows are copies', async () => {
    expect(new Set((await kMeans(normal(key, 10), 2, 5, key)).of).size).toBe(5);
    expect(new Set((await kMeans(new Float32Array(8).fill(1), 2, 3, key)).of).size).toBe(3);
    const before = tf.memory().numTensors;
    await expect(kMeans(new Float32Array(4), 2, 3, key)).rejects.toThrow('1 to 2 clusters');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('folding', () => {
  const network = buildNetwork({ architecture: layered, options: { widths: [8, 6] }, breaking: unbroken });
  const { params, state } = network.init({ initKey: key, constantsKey: key });
  const inputs = () => tf.tensor2d(normal(keyFromSeed(7), 20 * 6), [20, 6]);
  const logits = (of: Tensors): tf.Tensor => network.apply({ params: of, state, constants: {} }, inputs()).logits;

  test('a network whose units come in pairs keeps its function at half the units', async () => {
    // Units 2 i and 2 i + 1 of both layers are one.
    const pairs = (size: number) => ({
      kind: 'stochastic' as const,
      size,
      matrix: Float64Array.from({ length: size * size }, (_, at) => (Math.floor(at / size / 2) === Math.floor((at % size) / 2) ? 0.5 : 0)),
    });
    const doubled = applyTransform(network.params, params, { 'hidden.0': pairs(8), 'hidden.1': pairs(6) });
    const before = tf.memory().numTensors;
    const folded = await foldUnits(doubled, { specs: network.params, groups: ['hidden.0', 'hidden.1'], share: 0.5, key });
    expect(tf.memory().numTensors).toBe(before);
    for (const clusters of Object.values(folded.clusters))
      clusters.forEach((cluster, unit) => expect(cluster).toBe(clusters[unit - (unit % 2)]));
    expectAllclose(logits(applyTransform(network.params, doubled, folded.transform)), logits(doubled), { rtol: 1e-4, atol: 1e-5 });
    // 6 x 4 + 4, 4 x 3 + 3 and 3 x 4 + 4 of 6 x 8 + 8, 8 x 6 + 6 and 6 x 4 + 4.
    expect(folded.left).toBeCloseTo((28 + 15 + 16) / (56 + 54 + 28), 6);
  });

  test('equals the network with fewer units: means go in, sums go out', async () => {
    const { transform, clusters } = await foldUnits(params, { specs: network.params, groups: ['hidden.0'], share: 0.5, key });
    const whole = logits(applyTransform(network.params, params, transform));
    const of = clusters['hidden.0']!;
    const member = tf.oneHot(tf.tensor1d(of, 'int32'), 4, 1, 0, 'float32') as tf.Tensor2D; // [8, 4]
    const means = tf.div(member, tf.sum(member, 0));
    const small = buildNetwork({ architecture: layered, options: { widths: [4, 6] }, breaking: unbroken });
    const folded = {
      ...params,
      '0.weight': tf.matMul(params['0.weight'] as tf.Tensor2D, means),
      '0.bias': tf.squeeze(tf.matMul(tf.reshape(params['0.bias']!, [1, 8]) as tf.Tensor2D, means), [0]),
      '1.weight': tf.matMul(member, params['1.weight'] as tf.Tensor2D, true, false),
    };
    const none = Object.fromEntries(small.state.map(({ name, shape }) => [name, tf.zeros([...shape])]));
    expectAllclose(small.apply({ params: folded, state: none, constants: {} }, inputs()).logits, whole, { rtol: 1e-4, atol: 1e-5 });
  });

  test('nothing goes with a share of 0, one unit stays at least, and what is no share or group is refused', async () => {
    const options = { specs: network.params, groups: ['hidden.0'], key };
    const { transform, left } = await foldUnits(params, { ...options, share: 0 });
    expect(left).toBe(1);
    expectAllclose(applyTransform(network.params, params, transform)['0.weight']!, params['0.weight']!, { rtol: 0, atol: 1e-6 });
    expect(new Set((await foldUnits(params, { ...options, share: 0.99 })).clusters['hidden.0']).size).toBe(1);
    await expect(foldUnits(params, { ...options, share: 1 })).rejects.toThrow('[0, 1)');
    await expect(foldUnits(params, { ...options, groups: ['x'], share: 0.5 })).rejects.toThrow(
      'groups of units: hidden.0, hidden.1, got x',
    );
  });

  test('units whose coordinates turn are told apart by these too', async () => {
    const head = { group: 'heads', kind: 'rotated-permutation', size: 4 } as const;
    const common = { init: { kind: 'zeros' }, role: 'weight' } as const;
    const specs: ParamSpec[] = [
      { ...common, name: 'key', shape: [16, 2], axes: [{ segments: [[head, { group: null, planesOf: 'heads', size: 4 }]] }, null] },
      { ...common, name: 'value', shape: [4, 2], axes: [{ group: 'heads', kind: 'rotated-permutation' }, null] },
    ];
    // Heads 0 and 2 have one set of keys, heads 1 and 3 another; all have the same values.
    const [even, odd] = [normal(keyFromSeed(1), 8), normal(keyFromSeed(2), 8)];
    const heads = { key: tf.tensor2d([...even, ...odd, ...even, ...odd], [16, 2]), value: tf.ones([4, 2]) };
    const { transform, clusters, left } = await foldUnits(heads, { specs, groups: ['heads'], share: 0.5, key });
    const [first, second] = clusters['heads']!;
    expect(first).not.toBe(second);
    expect([...clusters['heads']!]).toEqual([first, second, first, second]);
    expect(left).toBe(0.5);
    for (const [name, tensor] of Object.entries(applyTransform(specs, heads, transform))) expectAllclose(tensor, heads[name as 'key']);
  });
});
