import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { AxisFactor, GroupAxis, ParamSpec, RotatedElement, SymmetryTransform, Tensors } from '@basinlab/core';
import { foldIn, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { normalTensors } from '../normal-tensors.fixture.js';
import { manyToFirst } from '../many/match-many.js';
import { applyTransform } from '../transform/index.js';
import { contractionOf } from './contraction.js';
import { matchWeights } from './match-weights.js';
import { anglesOf, bestTurn, planeProducts, valueOfTurn } from './planes.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Sizes {
  readonly heads: number;
  readonly shared: number;
  readonly planes: number;
  readonly width: number;
  readonly signed?: boolean;
}

/** Attention whose keys turn: heads, the queries that share them, a stream with signs or without, and what has no heads. */
function specsOf({ heads, shared, planes, width, signed = false }: Sizes): ParamSpec[] {
  const stream: GroupAxis = { group: 'stream', ...(signed && { kind: 'signed-permutation' }) };
  const head: AxisFactor = { group: 'heads', kind: 'rotated-permutation', size: heads };
  const queries: AxisFactor = { group: 'queries', size: shared };
  const coordinates: AxisFactor = { group: null, planesOf: 'heads', size: 2 * planes };
  const [keys, rows] = [heads * 2 * planes, heads * shared * 2 * planes];
  const common = { init: { kind: 'zeros' }, role: 'weight' } as const;
  return [
    { ...common, name: 'tokens', shape: [30, width], axes: [null, stream] },
    { ...common, name: 'key', shape: [keys, width], axes: [{ segments: [[head, coordinates]] }, stream] },
    { ...common, name: 'key.bias', shape: [keys], axes: [{ segments: [[head, coordinates]] }] },
    { ...common, name: 'query', shape: [rows, width], axes: [{ segments: [[head, queries, coordinates]] }, stream] },
    { ...common, name: 'query.bias', shape: [rows], axes: [{ segments: [[head, queries, coordinates]] }] },
    { ...common, name: 'value', shape: [heads * 3, width], axes: [{ group: 'heads', kind: 'rotated-permutation', block: 3 }, stream] },
  ];
}
const inner = (a: Tensors, b: Tensors): number =>
  Object.keys(a).reduce((sum, name) => sum + tf.sum(tf.mul(a[name]!, b[name]!)).dataSync()[0]!, 0);
const counts = (low: number, high: number) => fc.integer({ min: low, max: high });
const sizes = fc.record({
  ...{ heads: counts(1, 4), shared: counts(1, 2), planes: counts(1, 3), width: counts(2, 8) },
  ...{ signed: fc.boolean(), seed: counts(0, 1e6) },
});

describe('angles of planes', () => {
  test('the best ones in closed form: no others are worth more, and they bring weights closest', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ noNaN: true, min: -9, max: 9 }), fc.double({ noNaN: true, min: -9, max: 9 })), {
          minLength: 1,
          maxLength: 3,
        }),
        counts(0, 1e6),
        (pairs, seed) => {
          const turns = {
            planes: pairs.length,
            along: Float64Array.from(pairs, ([x]) => x),
            across: Float64Array.from(pairs, ([, y]) => y),
          };
          const best = bestTurn(turns, 0);
          expect(valueOfTurn(turns, 0, Float64Array.from(anglesOf(turns, 0)))).toBeCloseTo(best, 8);
          const others = Float64Array.from(normal(keyFromSeed(seed), pairs.length));
          expect(valueOfTurn(turns, 0, others)).toBeLessThanOrEqual(best + 1e-9);
        },
      ),
    );
    const nothing = { planes: 1, along: Float64Array.of(0), across: Float64Array.of(0) };
    expect(anglesOf(nothing, 0)).toEqual([0]);
  });

  test('products of planes are what a turned model is worth, whatever the other groups do', () => {
    fc.assert(
      fc.property(sizes, ({ seed, ...of }) => {
        const specs = specsOf(of);
        const [a, b] = [normalTensors(specs, seed), normalTensors(specs, seed + 1)];
        const host = (of: Tensors) => Object.fromEntries(Object.entries(of).map(([name, tensor]) => [name, tensor.dataSync()]));
        const contraction = contractionOf('heads', of.heads, specs, host(a), host(b));
        const transform = randomTransform(specs, keyFromSeed(seed + 2));
        const moves = new Map(
          Object.entries(transform).flatMap(([group, element]) => {
            if (group === 'heads' || !('indices' in element)) return [];
            return [
              [
                group,
                { indices: element.indices, ...(element.kind === 'monomial' && { signs: Float32Array.from(element.scales) }) },
              ] as const,
            ];
          }),
        );
        const turns = planeProducts(contraction.planes!, of.heads, moves);
        const { indices, angles } = transform['heads'] as RotatedElement;
        const worth = Array.from(indices).reduce(
          (sum, from, to) => sum + valueOfTurn(turns, to * of.heads + from, angles.subarray(to * of.planes, (to + 1) * of.planes)),
          0,
        );
        const moved = applyTransform(specs, b, transform);
        const turned = ['key', 'key.bias', 'query', 'query.bias'];
        const only = (of: Tensors): Tensors => Object.fromEntries(turned.map((name) => [name, of[name]!]));
        expect(worth).toBeCloseTo(inner(only(a), only(moved)), 2);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test('a stream sees what turned coordinates are worth to it', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ({ seed, ...of }) => {
        const specs = specsOf(of);
        const [a, b] = [normalTensors(specs, seed), normalTensors(specs, seed + 1)];
        const start = randomTransform(specs, keyFromSeed(seed + 2));
        // One visit of the stream, with all others where they are: no exchange of two of its units is worth more.
        const { transform } = await matchWeights(a, b, { specs, key: keyFromSeed(3), orders: [[['stream']]], start });
        expect(transform['heads']).toEqual(start['heads']);
        const worth = inner(a, applyTransform(specs, b, transform));
        const { indices } = transform['stream'] as RotatedElement;
        const swapped = Int32Array.from(indices, (_, i) => indices[i === 0 ? 1 : i === 1 ? 0 : i]!);
        const other: SymmetryTransform = { ...transform, stream: { ...transform['stream']!, indices: swapped } as RotatedElement };
        expect(worth).toBeGreaterThanOrEqual(inner(a, applyTransform(specs, b, other)) - 1e-3);
        expect(worth).toBeGreaterThanOrEqual(inner(a, applyTransform(specs, b, start)) - 1e-3);
      }),
      { numRuns: 30, seed: 2 },
    );
  });
});

test('planted angles, heads, queries and streams are found', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async ({ seed, ...of }) => {
      const specs = specsOf(of);
      const a = normalTensors(specs, seed);
      const b = applyTransform(specs, a, randomTransform(specs, keyFromSeed(seed + 1)));
      const before = tf.memory().numTensors;
      const { transform, restarts } = await matchWeights(a, b, { specs, key: foldIn(keyFromSeed(seed), 1), restarts: 10 });
      expect(tf.memory().numTensors).toBe(before);
      const back = applyTransform(specs, b, transform);
      for (const [name, tensor] of Object.entries(a)) expectAllclose(back[name]!, tensor, { rtol: 1e-4, atol: 2e-5 });
      for (const { converged } of restarts) expect(converged).toBe(true);
      // Started where it ended, it stays there but for rounding.
      const again = await matchWeights(a, b, { specs, key: keyFromSeed(1), restarts: 1, start: transform });
      expect((again.transform['heads'] as RotatedElement).indices).toEqual((transform['heads'] as RotatedElement).indices);
    }),
    { numRuns: 25, seed: 3 },
  );
});

test('large models, whose costs the device computes', async () => {
  const specs = specsOf({ heads: 4, shared: 2, planes: 8, width: 140 });
  const a = normalTensors(specs, 1);
  const planted = randomTransform(specs, keyFromSeed(2));
  const b = applyTransform(specs, a, planted);
  const before = tf.memory().numTensors;
  const { transform } = await matchWeights(a, b, { specs, key: keyFromSeed(3), restarts: 2 });
  expect(tf.memory().numTensors).toBe(before);
  const back = applyTransform(specs, b, transform);
  for (const [name, tensor] of Object.entries(a)) expectAllclose(back[name]!, tensor, { rtol: 1e-4, atol: 2e-5 });
});

test('rows and columns that turn both', async () => {
  const head = (group: string): AxisFactor[] => [
    { group, kind: 'rotated-permutation', size: 3 },
    { group: null, planesOf: group, size: 4 },
  ];
  const common = { init: { kind: 'zeros' }, role: 'weight' } as const;
  const specs: ParamSpec[] = [
    { ...common, name: 'rows', shape: [12, 5], axes: [{ segments: [head('left')] }, null] },
    {
      ...common,
      name: 'form',
      shape: [12, 7, 13],
      axes: [{ segments: [head('left')] }, { group: 'units' }, { segments: [head('right'), []] }],
    },
    { ...common, name: 'columns', shape: [5, 12], axes: [null, { segments: [head('right')] }] },
    { ...common, name: 'units', shape: [7, 4], axes: [{ group: 'units' }, null] },
  ];
  const a = normalTensors(specs, 4);
  const planted = {
    ...randomTransform(specs, keyFromSeed(5)),
    units: { kind: 'permutation', indices: permutation(keyFromSeed(6), 7) } as const,
  };
  const b = applyTransform(specs, a, planted);
  const { transform } = await matchWeights(a, b, { specs, key: keyFromSeed(7) });
  const back = applyTransform(specs, b, transform);
  for (const [name, tensor] of Object.entries(a)) expectAllclose(back[name]!, tensor, { rtol: 1e-4, atol: 2e-5 });
});

test('a form with one kind of heads on two sides is taken only if it is better indeed', async () => {
  const head: AxisFactor[] = [
    { group: 'heads', kind: 'rotated-permutation', size: 3 },
    { group: null, planesOf: 'heads', size: 4 },
  ];
  const axis = { segments: [head] };
  const common = { init: { kind: 'zeros' }, role: 'weight' } as const;
  const units: GroupAxis = { group: 'units' };
  const specs: ParamSpec[] = [
    { ...common, name: 'form', shape: [6, 12, 12], axes: [units, axis, axis] },
    { ...common, name: 'rows', shape: [12, 40], axes: [axis, null] },
    { ...common, name: 'units', shape: [6, 2], axes: [units, null] },
  ];
  const a = normalTensors(specs, 8);
  const b = applyTransform(specs, a, randomTransform(specs, keyFromSeed(9)));
  const { transform } = await matchWeights(a, b, { specs, key: keyFromSeed(10) });
  const back = applyTransform(specs, b, transform);
  expect(inner(a, back)).toBeGreaterThan(0.999 * inner(a, a));
});

test('several models that are one with planted elements all become the first', async () => {
  const specs = specsOf({ heads: 3, shared: 2, planes: 2, width: 8 });
  const first = normalTensors(specs, 11);
  const models = [first, ...[12, 13].map((seed) => applyTransform(specs, first, randomTransform(specs, keyFromSeed(seed))))];
  const transforms = await manyToFirst(
    models.map((params) => ({ params })),
    { specs, key: keyFromSeed(14) },
  );
  transforms.forEach((transform, which) => {
    const back = applyTransform(specs, models[which]!, transform);
    for (const [name, tensor] of Object.entries(first)) expectAllclose(back[name]!, tensor, { rtol: 1e-4, atol: 2e-5 });
  });
});
