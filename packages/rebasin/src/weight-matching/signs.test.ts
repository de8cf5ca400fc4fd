import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import type { GroupAxis, ParamSpec } from '@basinlab/core';
import { childKey, foldIn, keyFromSeed, normal, permutation, uniform } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { normalTensors } from '../normal-tensors.fixture.js';
import { applyTransform } from '../transform/index.js';
import { matchWeights } from './match-weights.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const stream: GroupAxis = { group: 'stream', kind: 'signed-permutation' };
const hidden: GroupAxis = { group: 'hidden' };

/** A stream with signs that two layers write and read, in one of which it meets itself, and a norm. */
const specsOf = (width: number, units: number): ParamSpec[] => {
  const shared = { init: { kind: 'zeros' }, role: 'weight' } as const;
  return [
    { ...shared, name: 'embedding', shape: [60, width], axes: [null, stream] },
    { ...shared, name: 'in', shape: [units, width], axes: [hidden, stream] },
    { ...shared, name: 'out', shape: [width, units], axes: [stream, hidden] },
    { ...shared, name: 'gain', shape: [width], axes: [{ ...stream, as: 'gains' }] },
    { ...shared, name: 'offset', shape: [width], axes: [stream] },
  ];
};

test('planted signs and permutations are found, in small networks on the host and large ones on the device', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 14 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 1e6 }),
      async (width, units, seed) => {
        const key = keyFromSeed(seed);
        const specs = specsOf(width, units);
        const a = Object.fromEntries(
          specs.map(({ name, shape }) => [
            name,
            tf.tensor(
              normal(
                childKey(key, name),
                shape.reduce((x, y) => x * y, 1),
              ),
              [...shape],
            ),
          ]),
        );
        const scales = Float64Array.from(uniform(childKey(key, 'signs'), width), (u) => (u < 0.5 ? -1 : 1));
        const planted = {
          stream: { kind: 'monomial', indices: permutation(childKey(key, 'stream'), width), scales },
          hidden: { kind: 'permutation', indices: permutation(childKey(key, 'hidden'), units) },
        } as const;
        const b = applyTransform(specs, a, planted);
        const before = tf.memory().numTensors;
        const { transform, objective } = await matchWeights(a, b, { specs, key: foldIn(key, 1), restarts: 10 });
        expect(tf.memory().numTensors).toBe(before);
        expect(objective).toBe(0);
        const back = applyTransform(specs, b, transform);
        for (const [name, tensor] of Object.entries(a)) expectAllclose(back[name]!, tensor, { rtol: 0, atol: 0 });
      },
    ),
    { numRuns: 25, seed: 3 },
  );
});

test('the host and the device find the same', async () => {
  const [width, units] = [140, 200];
  const specs = specsOf(width, units);
  const a = normalTensors(specs, 1);
  const scales = Float64Array.from({ length: width }, (_, i) => (i % 3 === 0 ? -1 : 1));
  const b = applyTransform(specs, a, {
    stream: { kind: 'monomial', indices: permutation(keyFromSeed(2), width), scales },
    hidden: { kind: 'permutation', indices: permutation(keyFromSeed(3), units) },
  });
  const { objective } = await matchWeights(a, b, { specs, key: keyFromSeed(4), restarts: 2 });
  expect(objective).toBe(0);
});

test('a sign is no better than none where gains are all that tell units apart', async () => {
  const gains: ParamSpec[] = [
    { name: 'gain', shape: [3], init: { kind: 'ones' }, role: 'norm', axes: [{ ...stream, as: 'gains' }] },
    { name: 'offset', shape: [3], init: { kind: 'zeros' }, role: 'norm', axes: [stream] },
  ];
  const [a, b] = [
    { gain: tf.tensor1d([1, 2, 3]), offset: tf.tensor1d([0.1, -0.2, 0.3]) },
    { gain: tf.tensor1d([3, 1, 2]), offset: tf.tensor1d([-0.3, 0.1, 0.2]) },
  ];
  const { transform } = await matchWeights(a, b, { specs: gains, key: keyFromSeed(1), restarts: 1 });
  expect(transform['stream']).toEqual({ kind: 'monomial', indices: Int32Array.of(1, 2, 0), scales: Float64Array.of(1, -1, -1) });
});
