import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { elementMatrix, type GroupAxis, type GroupElement, type SymmetryTransform } from '@basinlab/core';
import { childKey, foldIn, keyFromSeed, nestedPermutation, normal, type Key } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  applyTransform,
  applyTransformToArrays,
  checkTransform,
  composeTransforms,
  distanceToIdentity,
  identityTransform,
  invertTransform,
  type AxisSpec,
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Experts: what each makes of 3 inputs, what reads its units, and a row of the router each. */
const specsOf = (nests: number, nest: number): AxisSpec[] => {
  const units: GroupAxis = { group: 'experts', kind: 'nested-permutation', nest };
  return [
    { name: 'made', shape: [nests * nest, 3], axes: [units, null] },
    { name: 'read', shape: [2, nests * nest], axes: [null, { ...units, as: 'reads' }] },
    { name: 'router', shape: [nests, 3], axes: [{ ...units, as: 'nests' }, null] },
    { name: 'offset', shape: [2, nests, 2], axes: [null, { ...units, as: 'nests' }, null] },
  ];
};
const sample = (specs: readonly AxisSpec[], key: Key): Record<string, Float32Array> =>
  Object.fromEntries(
    specs.map(({ name, shape }) => [
      name,
      normal(
        childKey(key, name),
        shape.reduce((x, y) => x * y, 1),
      ),
    ]),
  );
const onDevice = (specs: readonly AxisSpec[], arrays: Record<string, Float32Array>) =>
  Object.fromEntries(specs.map(({ name, shape }) => [name, tf.tensor(arrays[name]!, [...shape])]));
const planted = (nests: number, nest: number, key: Key): SymmetryTransform => ({
  experts: { kind: 'permutation', indices: nestedPermutation(key, nests * nest, nest) },
});
const cases = fc.record({
  nests: fc.integer({ min: 1, max: 5 }),
  nest: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
});
const exactly = { rtol: 0, atol: 0 };

describe('units in nests', () => {
  test('a mixture of experts is the same function, routed and read as before', () => {
    fc.assert(
      fc.property(cases, ({ nests, nest, seed }) => {
        const specs = specsOf(nests, nest);
        const tensors = onDevice(specs, sample(specs, keyFromSeed(seed)));
        const output = ({ made, read, router, offset }: Record<string, tf.Tensor>) => {
          const x = tf.tensor2d([0.3, -1, 0.7], [1, 3]);
          const shares = tf.softmax(tf.matMul(x, router as tf.Tensor2D, false, true));
          const units = tf.mul(
            tf.reshape(tf.tanh(tf.matMul(x, made as tf.Tensor2D, false, true)), [nests, nest]),
            tf.reshape(shares, [nests, 1]),
          );
          const added = tf.sum(tf.mul(offset!, tf.reshape(shares, [1, nests, 1])), [1, 2]);
          return tf.add(tf.matMul(tf.reshape(units, [1, nests * nest]), read as tf.Tensor2D, false, true), added);
        };
        const moved = applyTransform(specs, tensors, planted(nests, nest, keyFromSeed(seed + 1)));
        expectAllclose(output(moved), output(tensors), { rtol: 1e-4, atol: 1e-5 });
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('elements compose as one after the other, stay elements, and are undone by their inverses', () => {
    fc.assert(
      fc.property(cases, ({ nests, nest, seed }) => {
        const [specs, key] = [specsOf(nests, nest), keyFromSeed(seed)];
        const [first, second] = [planted(nests, nest, foldIn(key, 1)), planted(nests, nest, foldIn(key, 2))];
        const both = composeTransforms(first, second);
        const inverse = invertTransform(first);
        for (const transform of [first, second, both, inverse]) checkTransform(specs, transform);
        const arrays = sample(specs, key);
        const apply = (of: typeof arrays, transform: SymmetryTransform) => applyTransformToArrays(specs, of, transform);
        expect(apply(arrays, both)).toEqual(apply(apply(arrays, first), second));
        expect(apply(apply(arrays, first), inverse)).toEqual(arrays);
        expect(composeTransforms(first, inverse)).toEqual(identityTransform(specs));
        const { indices } = first['experts'] as Extract<GroupElement, { indices: Int32Array }>;
        expect(distanceToIdentity(first['experts']!)).toBeCloseTo(Math.sqrt(2 * indices.filter((from, to) => from !== to).length), 10);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  test('host, device and products with matrices move alike', () => {
    fc.assert(
      fc.property(cases, ({ nests, nest, seed }) => {
        const specs = specsOf(nests, nest);
        const arrays = sample(specs, keyFromSeed(seed));
        const transform = planted(nests, nest, keyFromSeed(seed + 1));
        const moved = applyTransformToArrays(specs, arrays, transform);
        const soft: GroupElement = { kind: 'stochastic', size: nests * nest, matrix: elementMatrix(transform['experts']!) };
        for (const [name, tensor] of Object.entries(applyTransform(specs, onDevice(specs, arrays), transform)))
          expectAllclose(tensor, moved[name]!, exactly);
        for (const [name, tensor] of Object.entries(applyTransform(specs, onDevice(specs, arrays), { experts: soft })))
          expectAllclose(tensor, moved[name]!, { rtol: 1e-6, atol: 1e-7 });
      }),
      { numRuns: 30, seed: 3 },
    );
  });

  test('elements that part a nest, nests of two sizes and nests without a size are refused', () => {
    const check =
      (specs: readonly AxisSpec[], ...indices: number[]) =>
      () =>
        checkTransform(specs, { experts: { kind: 'permutation', indices: Int32Array.from(indices) } });
    const specs = specsOf(2, 2);
    check(specs, 3, 2, 0, 1)();
    expect(check(specs, 0, 2, 1, 3)).toThrow('experts: nests of 2 units that stay together, got unit 2 in place 1');
    const mixed: GroupElement = {
      kind: 'stochastic',
      size: 4,
      matrix: Float64Array.of(0.5, 0, 0.5, 0, 0, 1, 0, 0, 0.5, 0, 0.5, 0, 0, 0, 0, 1),
    };
    expect(() => checkTransform(specs, { experts: mixed })).toThrow('experts: nests of 2 units that stay together, got unit 2 in place 0');
    expect(check([...specs, { ...specsOf(1, 4)[0]!, name: 'other' }], 0, 1, 2, 3)).toThrow(
      'other: nests of 2 units of group experts, as elsewhere, on axis 0, got 4',
    );
    const wrong = (axis: GroupAxis) => check([{ name: 'wrong', shape: [4], axes: [axis] }], 0, 1, 2, 3);
    expect(wrong({ group: 'experts', kind: 'nested-permutation' })).toThrow('wrong: a size of nests for nested permutations');
    expect(wrong({ group: 'experts', nest: 2 })).toThrow(
      'wrong: a size of nests for nested permutations, and for nothing else, got permutation',
    );
    expect(wrong({ group: 'experts', kind: 'nested-permutation', nest: 3 })).toThrow(
      'wrong: nests of 3 units that divide those of group experts, got 4',
    );
  });
});
