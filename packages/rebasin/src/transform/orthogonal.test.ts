import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { keyFromSeed, type GroupElement, type SymmetryTransform } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { normal } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import {
  applyTransform,
  applyTransformToArrays,
  checkTransform,
  composeTransforms,
  distanceToIdentity,
  invertTransform,
  permutations,
  rotationAngles,
  type AxisSpec,
} from './index.js';
import { rotationAnglesMeasurement } from './rotation-angles.measurement.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const size = 4;
const stream = { group: 'stream', kind: 'orthogonal' } as const;
const specs: AxisSpec[] = [
  { name: 'reader', shape: [3, size], axes: [null, stream] },
  { name: 'writer', shape: [size, 2], axes: [stream, null] },
  // Twice, and with an entry behind it that stays.
  { name: 'form', shape: [2, size + 1, size], axes: [{ group: 'heads' }, { segments: [[{ ...stream, size }], []] }, stream] },
];
const rotation = (seed: number): GroupElement => ({
  ...{ kind: 'orthogonal', size },
  matrix: Float64Array.from(orthonormalColumns(Float64Array.from(normal(keyFromSeed(seed), size * size)), size, size)),
});
const transform: SymmetryTransform = { stream: rotation(1), ...permutations([['heads', Int32Array.of(1, 0)]]) };
const arrays = () =>
  Object.fromEntries(
    specs.map(({ name, shape }, at) => [
      name,
      normal(
        keyFromSeed(10 + at),
        shape.reduce((a, b) => a * b, 1),
      ),
    ]),
  );
const entry = (data: ArrayLike<number>, ...at: readonly (readonly [index: number, length: number])[]) =>
  data[at.reduce((sum, [index, length]) => sum * length + index, 0)]!;

test('multiplies every axis that carries the group, on device and host alike', () => {
  const before = arrays();
  const moved = applyTransformToArrays(specs, before, transform);
  const q = (transform['stream'] as { matrix: Float64Array }).matrix;
  // writer: new[i, c] = sum_j q[i, j] old[j, c].
  const wanted = [0, 1, 2, 3].reduce((sum, j) => sum + q[2 * size + j]! * entry(before['writer']!, [j, size], [1, 2]), 0);
  expect(entry(moved['writer']!, [2, size], [1, 2])).toBeCloseTo(wanted, 5);
  // form: the last row is turned on its other axis only, and belongs to the other head.
  const last = [0, 1, 2, 3].reduce((sum, j) => sum + q[size + j]! * entry(before['form']!, [1, 2], [size, size + 1], [j, size]), 0);
  expect(entry(moved['form']!, [0, 2], [size, size + 1], [1, size])).toBeCloseTo(last, 5);
  const tensors = Object.fromEntries(specs.map(({ name, shape }) => [name, tf.tensor(before[name]!, [...shape])]));
  for (const [name, tensor] of Object.entries(applyTransform(specs, tensors, transform))) {
    expectAllclose(tensor, moved[name]!, { rtol: 1e-5, atol: 1e-6 });
  }
});

describe('algebra', () => {
  test('the composition acts as one after the other, with permutations too; the inverse undoes', () => {
    const others: SymmetryTransform[] = [{ stream: rotation(2) }, permutations([['stream', Int32Array.of(3, 0, 1, 2)]])];
    for (const other of others) {
      const twice = applyTransformToArrays(specs, applyTransformToArrays(specs, arrays(), transform), other);
      const once = applyTransformToArrays(specs, arrays(), composeTransforms(transform, other));
      for (const { name } of specs) expectAllclose(once[name]!, twice[name]!, { rtol: 1e-5, atol: 1e-6 });
    }
    const back = applyTransformToArrays(specs, applyTransformToArrays(specs, arrays(), transform), invertTransform(transform));
    for (const [name, data] of Object.entries(arrays())) expectAllclose(back[name]!, data, { rtol: 1e-5, atol: 1e-6 });
    expect(distanceToIdentity(composeTransforms(transform, invertTransform(transform))['stream']!)).toBeLessThan(1e-6);
    expect(distanceToIdentity({ kind: 'permutation', indices: Int32Array.of(1, 0, 2) })).toBe(2);
  });

  test('what is no element of the group is refused', () => {
    const stretched: GroupElement = {
      kind: 'orthogonal',
      size,
      matrix: Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? 2 : 0)),
    };
    expect(() => checkTransform(specs, { stream: stretched })).toThrow(/stream: an orthogonal matrix.*got 3$/);
    expect(() => checkTransform(specs, { stream: { ...stretched, matrix: new Float64Array(16).fill(NaN) } })).toThrow(/orthogonal matrix/);
    expect(() => checkTransform(specs, { stream: { kind: 'orthogonal', size: 3, matrix: new Float64Array(9) } })).toThrow(
      'stream: a matrix of its 4 units, got 3',
    );
    const turn: GroupElement = { kind: 'orthogonal', size: 2, matrix: Float64Array.of(0, 1, -1, 0) };
    expect(() => checkTransform(specs, { heads: turn })).toThrow(
      'heads: an element of a group of kind permutation, got one of kind orthogonal',
    );
    const torn: AxisSpec[] = [...specs, { name: 'other', shape: [size], axes: [{ group: 'stream' }] }];
    expect(() => checkTransform(torn, {})).toThrow('other: group stream of kind orthogonal, as elsewhere, on axis 0, got permutation');
  });
});

test('angles of a rotation: of each plane twice, 0 for what stays, pi for what is reflected', () => {
  const [a, b] = [0.3, 2.1];
  const matrix = new Float64Array(36);
  [a, b].forEach((angle, plane) => {
    const i = 2 * plane;
    matrix[i * 6 + i] = matrix[(i + 1) * 7] = Math.cos(angle);
    matrix[i * 6 + i + 1] = -Math.sin(angle);
    matrix[(i + 1) * 6 + i] = Math.sin(angle);
  });
  matrix[28] = 1;
  matrix[35] = -1;
  expectAllclose(rotationAngles({ kind: 'orthogonal', size: 6, matrix }), [0, a, a, b, b, Math.PI], { rtol: 0, atol: 1e-6 });
  const cycle = { kind: 'permutation', indices: Int32Array.of(1, 2, 0) } as const;
  expectAllclose(rotationAngles(cycle), [0, (2 * Math.PI) / 3, (2 * Math.PI) / 3], { rtol: 0, atol: 1e-6 });
});

test('the measurement gives the angles of what an alignment has moved, and none where there was none', async () => {
  const specs = [{ name: 'w', shape: [2], axes: [{ group: 'units' }], init: { kind: 'zeros' }, role: 'weight' }];
  const rowsOf = (transform?: SymmetryTransform, groups: string[] = []) =>
    rotationAnglesMeasurement.measure(
      { a: { name: '1' }, b: { name: '2' }, alignment: 'mine', transform } as never,
      rotationAnglesMeasurement.options.parse({ groups }),
      { network: { params: specs } } as never,
    );
  const rows = (distance: number, last: number) => [
    { group: 'units', distance: expect.closeTo(distance, 6) },
    { group: 'units', share: 0, angle: expect.closeTo(0, 6) },
    { group: 'units', share: 1, angle: expect.closeTo(last, 6) },
  ];
  expect(await rowsOf()).toEqual(rows(0, 0));
  expect(await rowsOf({ units: { kind: 'permutation', indices: Int32Array.of(1, 0) } })).toEqual(rows(1, Math.PI));
  await expect(rowsOf({}, ['others'])).rejects.toThrow('rotation-angles: a group among units, got others');
});

test('soft permutations mix units, compose with permutations, and are no part of a group', () => {
  const soft: GroupElement = { kind: 'stochastic', size: 2, matrix: Float64Array.of(0.75, 0.25, 0.25, 0.75) };
  const mixed = applyTransformToArrays([{ name: 'w', shape: [2], axes: [{ group: 'g' }] }], { w: Float64Array.of(4, 8) }, { g: soft });
  expect(Array.from(mixed['w']!)).toEqual([5, 7]);
  const swapped = composeTransforms(permutations([['g', Int32Array.of(1, 0)]]), { g: soft });
  expect(swapped).toEqual({ g: { kind: 'stochastic', size: 2, matrix: Float64Array.of(0.25, 0.75, 0.75, 0.25) } });
  expect(() => composeTransforms({ g: { ...soft, kind: 'orthogonal' } }, { g: soft })).toThrow('permutations to compose');
  expect(() => invertTransform({ g: soft })).toThrow('soft permutation');
  const check = (matrix: Float64Array) => checkTransform([{ name: 'w', shape: [2], axes: [{ group: 'g' }] }], { g: { ...soft, matrix } });
  expect(() => check(Float64Array.of(0.75, 0.25, 0.5, 0.75))).toThrow('sum to 1');
  expect(() => check(Float64Array.of(1.5, 0, -0.5, 1))).toThrow('negative');
  expect(() => check(Float64Array.of(NaN, 0, 1, 1))).toThrow('negative');
});
