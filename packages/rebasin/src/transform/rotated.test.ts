import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { axisMatrix, type AxisFactor, type GroupElement, type RotatedElement, type SymmetryTransform } from '@basinlab/core';
import { childKey, foldIn, keyFromSeed, normal, permutation, uniform, type Key } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  applyTransform,
  applyTransformToArrays,
  checkTransform,
  composeTransforms,
  distanceToIdentity,
  elementKey,
  groupPlanes,
  identityTransform,
  invertTransform,
  moveOptimizerState,
  rotationAngles,
  withGroups,
  type AxisSpec,
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const INPUTS = 3;
interface Case {
  readonly heads: number;
  readonly shared: number;
  readonly planes: number;
  readonly seed: number;
}
/** Heads of keys, the queries that share them, and what reads two values of each. */
const specsOf = ({ heads, shared, planes }: Pick<Case, 'heads' | 'shared' | 'planes'>): AxisSpec[] => {
  const head: AxisFactor = { group: 'heads', kind: 'rotated-permutation', size: heads };
  const coordinates: AxisFactor = { group: null, planesOf: 'heads', size: 2 * planes };
  const queries: AxisFactor = { group: 'queries', size: shared };
  return [
    { name: 'key', shape: [heads * 2 * planes, INPUTS], axes: [{ segments: [[head, coordinates]] }, null] },
    { name: 'query', shape: [heads * shared * 2 * planes, INPUTS], axes: [{ segments: [[head, queries, coordinates]] }, null] },
    { name: 'output', shape: [2, heads * 2], axes: [null, { group: 'heads', kind: 'rotated-permutation', block: 2 }] },
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
const rotated = ({ heads, planes }: Pick<Case, 'heads' | 'planes'>, key: Key): RotatedElement => ({
  kind: 'rotated',
  indices: permutation(childKey(key, 'indices'), heads),
  angles: Float64Array.from(uniform(childKey(key, 'angles'), heads * planes, { min: -4, max: 4 })),
});
const planted = (of: Case, key: Key): SymmetryTransform => ({
  heads: rotated(of, key),
  queries: { kind: 'permutation', indices: permutation(childKey(key, 'queries'), of.shared) },
});
const cases = fc.record<Case>({
  heads: fc.integer({ min: 1, max: 4 }),
  shared: fc.integer({ min: 1, max: 3 }),
  planes: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
});
const closely = { rtol: 1e-4, atol: 1e-5 };

/** Coordinates of one head of what reads `x`, rotated by a position with a frequency for each plane. */
function coordinatesOf(weights: ArrayLike<number>, head: number, planes: number, position: number): number[] {
  const x = [0.3, -1, 0.7];
  const own = Array.from({ length: 2 * planes }, (_, c) =>
    x.reduce((sum, value, k) => sum + value * weights[(head * 2 * planes + c) * INPUTS + k]!, 0),
  );
  return own.map((value, c) => {
    const angle = position * 100 ** (-(c % planes) / planes);
    return Math.cos(angle) * value + (c < planes ? -own[c + planes]! : own[c - planes]!) * Math.sin(angle);
  });
}

describe('heads that are exchanged, with an angle for every plane', () => {
  test('scores of keys and queries that are rotated by position stay, and are exchanged with their heads', () => {
    fc.assert(
      fc.property(cases, ({ seed, ...of }) => {
        const { heads, shared, planes } = of;
        const [specs, transform] = [specsOf(of), planted({ ...of, seed }, keyFromSeed(seed + 1))];
        const arrays = sample(specs, keyFromSeed(seed));
        const moved = applyTransformToArrays(specs, arrays, transform);
        const score = (from: typeof arrays, head: number, query: number): number => {
          const q = coordinatesOf(from['query']!, head * shared + query, planes, 5);
          return coordinatesOf(from['key']!, head, planes, 2).reduce((sum, value, c) => sum + value * q[c]!, 0);
        };
        const [source, ofQuery] = ['heads', 'queries'].map((group) => (transform[group] as RotatedElement).indices);
        for (let head = 0; head < heads; head++)
          for (let query = 0; query < shared; query++)
            expect(score(moved, head, query)).toBeCloseTo(score(arrays, source![head]!, ofQuery![query]!), 4);
        // Values are exchanged, exactly.
        const plain = applyTransformToArrays(specs, arrays, { heads: { kind: 'permutation', indices: source! } });
        expect(moved['output']).toEqual(plain['output']);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('elements compose as one after the other, with permutations too, and are undone by their inverses', () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (of, isPlain) => {
        const [specs, key] = [specsOf(of), keyFromSeed(of.seed)];
        const first = planted(of, foldIn(key, 1));
        const other = planted(of, foldIn(key, 2));
        const second = isPlain
          ? { ...other, heads: { kind: 'permutation', indices: (other['heads'] as RotatedElement).indices } as const }
          : other;
        const arrays = sample(specs, key);
        const apply = (from: typeof arrays, transform: SymmetryTransform) => applyTransformToArrays(specs, from, transform);
        for (const [before, after] of [
          [first, second],
          [second, first],
        ] as const) {
          const both = composeTransforms(before, after);
          checkTransform(specs, both);
          const [once, twice] = [apply(arrays, both), apply(apply(arrays, before), after)];
          for (const { name } of specs) expectAllclose(once[name]!, twice[name]!, closely);
        }
        const back = apply(apply(arrays, first), invertTransform(first));
        for (const { name } of specs) expectAllclose(back[name]!, arrays[name]!, closely);
        const undone = composeTransforms(first, invertTransform(first));
        expect((undone['heads'] as RotatedElement).indices).toEqual((identityTransform(specs)['heads'] as RotatedElement).indices);
        expect(distanceToIdentity(undone['heads']!)).toBeLessThan(1e-6);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  test('host and device move alike', () => {
    fc.assert(
      fc.property(cases, (of) => {
        const [specs, transform] = [specsOf(of), planted(of, keyFromSeed(of.seed + 1))];
        const arrays = sample(specs, keyFromSeed(of.seed));
        const moved = applyTransformToArrays(specs, arrays, transform);
        const tensors = Object.fromEntries(specs.map(({ name, shape }) => [name, tf.tensor(arrays[name]!, [...shape])]));
        for (const [name, tensor] of Object.entries(applyTransform(specs, tensors, transform)))
          expectAllclose(tensor, moved[name]!, closely);
      }),
      { numRuns: 30, seed: 3 },
    );
  });

  test('distance to the identity and angles are those of the whole matrix, where the coordinates of a unit count as one', () => {
    fc.assert(
      fc.property(cases, (of) => {
        const element = rotated(of, keyFromSeed(of.seed));
        const size = of.heads * 2 * of.planes;
        const matrix = axisMatrix('key', specsOf(of)[0]!.axes[0]!, size, () => element);
        const whole: GroupElement = { kind: 'orthogonal', size, matrix };
        expect(distanceToIdentity(element)).toBeCloseTo(distanceToIdentity(whole) / Math.sqrt(2 * of.planes), 8);
        expectAllclose(rotationAngles(element), rotationAngles(whole), { rtol: 1e-5, atol: 1e-5 });
      }),
      { numRuns: 40, seed: 4 },
    );
  });
});

test('of what an optimizer keeps, momenta are turned, and squares by the squares of sines and cosines', () => {
  const of = { heads: 1, shared: 1, planes: 1 };
  const specs = specsOf(of).slice(0, 1);
  const transform: SymmetryTransform = { heads: { kind: 'rotated', indices: Int32Array.of(0), angles: Float64Array.of(Math.PI / 3) } };
  const moment = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const moved = moveOptimizerState(specs, { squares: ['v'] }, { m: { key: moment }, v: { key: moment } }, transform);
  const [c, s] = [0.5, Math.sqrt(3) / 2];
  const mixed = (across: number, along: number, sign: number) => [
    ...[1, 2, 3].map((x) => along * x + sign * across * (x + 3)),
    ...[1, 2, 3].map((x) => across * x + along * (x + 3)),
  ];
  expectAllclose(tf.reshape(moved['m']!['key']!, [6]), mixed(s, c, -1), closely);
  expectAllclose(tf.reshape(moved['v']!['key']!, [6]), mixed(s * s, c * c, 1), closely);
});

test('specs without the group have no planes left, those with it keep them', () => {
  const specs = specsOf({ heads: 2, shared: 2, planes: 3 });
  expect([...groupPlanes(specs)]).toEqual([['heads', 3]]);
  expect([...groupPlanes(withGroups(specs, (group) => group === 'heads'))]).toEqual([['heads', 3]]);
  expect([...groupPlanes(withGroups(specs, (group) => group === 'queries'))]).toEqual([]);
});

test('elements and axes that do not fit are refused', () => {
  const specs = specsOf({ heads: 2, shared: 1, planes: 2 });
  const check =
    (element: GroupElement, of: readonly AxisSpec[] = specs) =>
    () =>
      checkTransform(of, { heads: element });
  const turned = (...angles: number[]): RotatedElement => ({
    kind: 'rotated',
    indices: Int32Array.of(1, 0),
    angles: Float64Array.from(angles),
  });
  check(turned(1, 2, 3, 4))();
  expect(check(turned(1, 2))).toThrow('heads: 2 angles for each of 2 units, got 2');
  expect(check(turned(1, 2, 3))).toThrow('heads: equally many angles for each of 2 units, got 3');
  expect(check(turned(1, 2, 3, Infinity))).toThrow('heads: angles that are finite, got Infinity at 3');
  expect(check({ ...turned(1, 2, 3, 4), indices: Int32Array.of(1, 1) })).toThrow('heads: every index once, got 1 again at 1');
  const matrix = Float64Array.of(0, 1, -1, 0);
  expect(check({ kind: 'orthogonal', size: 2, matrix })).toThrow(
    'heads: an element of a group of kind rotated-permutation, got one of kind orthogonal',
  );
  expect(() => checkTransform(specs, { queries: { ...turned(1), indices: Int32Array.of(0) } })).toThrow(
    'queries: an element of a group of kind permutation, got one of kind rotated',
  );
  const [head, coordinates] = (specs[0]!.axes[0] as { segments: [[AxisFactor, AxisFactor]] }).segments[0];
  const wrong = (...factors: AxisFactor[]) => check(turned(1, 2, 3, 4), [{ name: 'wrong', shape: [8], axes: [{ segments: [factors] }] }]);
  expect(wrong(head, { ...coordinates, size: 2 }, { group: null, size: 2 })).toThrow('heads: 1 angles for each of 2 units, got 4');
  expect(wrong({ group: null, size: 2 }, coordinates)).toThrow(
    'wrong: planes of one factor of kind rotated-permutation in the segment, got heads',
  );
  expect(wrong({ ...head, kind: 'permutation' }, coordinates)).toThrow('wrong: planes of one factor of kind rotated-permutation');
  const odd: AxisSpec = { name: 'odd', shape: [6], axes: [{ segments: [[head, { ...coordinates, size: 3 }]] }] };
  expect(check(turned(1, 2, 3, 4), [odd])).toThrow('odd: an even number of coordinates in planes of heads, got 3');
  const other: AxisSpec = { ...odd, name: 'other', shape: [4], axes: [{ segments: [[head, { ...coordinates, size: 2 }]] }] };
  expect(check(turned(1, 2, 3, 4), [...specs, other])).toThrow('other: 2 planes of units of group heads, as elsewhere, on axis 0, got 1');
  expect(() => composeTransforms({ heads: turned(1, 2) }, { heads: turned(1, 2, 3, 4) })).toThrow(
    'heads: elements with equally many planes to compose, got',
  );
  expect(() => composeTransforms({ heads: turned(1, 2) }, { heads: { kind: 'orthogonal', size: 2, matrix } })).toThrow(
    'heads: permutations to compose those with turned coordinates with, got an element of kind orthogonal',
  );
  expect(elementKey(turned(1, 2))).not.toBe(elementKey(turned(1, 3)));
});
