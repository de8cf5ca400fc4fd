import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@basinlab/core';
import { composeTransforms, identityTransform, invertTransform, permutations } from './algebra.js';
import { applyTransform, applyTransformToArrays } from './apply.js';
import type { AxisSpec } from './axis-spec.js';

const hidden = { group: 'hidden' };
const specs: AxisSpec[] = [
  { name: 'in', shape: [3, 2], axes: [hidden, null] },
  { name: 'bias', shape: [3], axes: [hidden] },
  { name: 'out', shape: [2, 3], axes: [null, hidden] },
  // A flattened feature map: two entries for each unit.
  { name: 'flat', shape: [2, 6], axes: [null, { group: 'hidden', block: 2 }] },
];
const arrays = () => ({
  in: Float32Array.from([0, 1, 10, 11, 20, 21]),
  bias: Float32Array.from([0, 1, 2]),
  out: Float32Array.from([0, 1, 2, 10, 11, 12]),
  flat: Float32Array.from([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15]),
});
const transform = permutations([['hidden', Int32Array.from([2, 0, 1])]]);
const moved = {
  in: [20, 21, 0, 1, 10, 11],
  bias: [2, 0, 1],
  out: [2, 0, 1, 12, 10, 11],
  flat: [4, 5, 0, 1, 2, 3, 14, 15, 10, 11, 12, 13],
};

beforeAll(() => tf.setBackend('cpu'));
const onDevice = () => Object.fromEntries(specs.map(({ name, shape }) => [name, tf.tensor(arrays()[name as 'in'], [...shape])]));
const plain = (result: Record<string, ArrayLike<number>>) =>
  Object.fromEntries(Object.entries(result).map(([name, data]) => [name, Array.from(data)]));
const read = (tensors: Record<string, tf.Tensor>) =>
  plain(Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync()])));

describe('applyTransform', () => {
  test('takes entry indices[i] to place i on every axis of the group, in whole blocks', () => {
    expect(read(applyTransform(specs, onDevice(), transform))).toEqual(moved);
    expect(plain(applyTransformToArrays(specs, arrays(), transform))).toEqual(moved);
  });

  test('returns fresh tensors and leaks none', () => {
    const before = onDevice();
    const count = tf.memory().numTensors;
    const after = applyTransform(specs, before, permutations([]));
    expect(tf.memory().numTensors).toBe(count + specs.length);
    tf.dispose(before);
    expect(read(after)).toEqual(plain(arrays()));
  });

  test('moves both axes of a square tensor whose axes share a group', () => {
    const square: AxisSpec[] = [{ name: 'a', shape: [3, 3], axes: [hidden, hidden] }];
    const data = { a: Float64Array.from([0, 1, 2, 10, 11, 12, 20, 21, 22]) };
    expect(Array.from(applyTransformToArrays(square, data, transform).a!)).toEqual([22, 20, 21, 2, 0, 1, 12, 10, 11]);
  });

  test('composition acts as one after the other, the inverse undoes, the identity moves nothing', () => {
    const other = permutations([['hidden', Int32Array.from([1, 0, 2])]]);
    const twice = applyTransformToArrays(specs, applyTransformToArrays(specs, arrays(), transform), other);
    expect(applyTransformToArrays(specs, arrays(), composeTransforms(transform, other))).toEqual(twice);
    expect(applyTransformToArrays(specs, applyTransformToArrays(specs, arrays(), transform), invertTransform(transform))).toEqual(arrays());
    expect(applyTransformToArrays(specs, arrays(), identityTransform(specs))).toEqual(arrays());
    expect(composeTransforms(transform, permutations([]))).toEqual(transform);
  });

  test('refuses what does not fit', () => {
    const apply = (indices: number[], tensors: Record<string, Float32Array> = arrays()) =>
      applyTransformToArrays(specs, tensors, permutations([['hidden', Int32Array.from(indices)]]));
    expect(() => apply([0, 1])).toThrow('hidden: a permutation of its 3 units, got 2');
    expect(() => apply([0, 1, 1])).toThrow('hidden: every index once, got 1 again at 2');
    expect(() => apply([0, 1, 3])).toThrow('hidden: indices in [0, 3), got 3 at 2');
    expect(() => apply([0, 1, 2], { bias: new Float32Array(4) })).toThrow('bias: 3 values of shape [3], got 4');
    expect(() => apply([0, 1, 2], { more: new Float32Array(4) })).toThrow('transform: a spec for every tensor, got none for more');
    expect(() => applyTransform(specs, { bias: tf.zeros([4]) }, transform)).toThrow('bias: shape [3], got [4]');
    expect(() => identityTransform([...specs, { name: 'x', shape: [4], axes: [hidden] }])).toThrow(
      'x: 3 units of group hidden, as elsewhere, on axis 0, got 4',
    );
  });
});
