import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { elementMatrix, type GroupElement, type GroupKind } from '@basinlab/core';
import { inverse, orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, keyFromSeed, normal, permutation, uniform, type Key } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  applyTransform,
  checkTransform,
  composeTransforms,
  distanceToIdentity,
  elementKey,
  invertTransform,
  type AxisSpec,
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const kinds = [
  'permutation',
  'signed-permutation',
  'scaled-permutation',
  'orthogonal',
  'invertible',
] as const satisfies readonly GroupKind[];

/** A random element of a group of a kind. */
function sample(kind: (typeof kinds)[number], size: number, key: Key): GroupElement {
  const indices = permutation(childKey(key, 'indices'), size);
  const factors = Float64Array.from(uniform(childKey(key, 'factors'), size, { min: 0.5, max: 2 }));
  const gaussian = Float64Array.from(normal(childKey(key, 'matrix'), size * size));
  switch (kind) {
    case 'permutation':
      return { kind, indices };
    case 'signed-permutation':
      return { kind: 'monomial', indices, scales: factors.map((factor) => (factor < 1 ? -1 : 1)) };
    case 'scaled-permutation':
      return { kind: 'monomial', indices, scales: factors };
    case 'orthogonal':
      return { kind, size, matrix: Float64Array.from(orthonormalColumns(gaussian, size, size)) };
    case 'invertible':
      return { kind, size, matrix: gaussian.map((value, at) => value / 4 + (at % (size + 1) === 0 ? 1 : 0)) };
  }
}

const specsOf = (kind: GroupKind, size: number): AxisSpec[] => [
  { name: 'made', shape: [size, 3], axes: [{ group: 'g', kind }, null] },
  { name: 'read', shape: [2, size], axes: [null, { group: 'g', kind, as: 'reads' }] },
];
const cases = fc.record({ kind: fc.constantFrom(...kinds), size: fc.integer({ min: 1, max: 7 }), seed: fc.integer({ min: 0, max: 1e6 }) });

describe('elements of every kind', () => {
  test('what reads moved units reads what it read before', () => {
    fc.assert(
      fc.property(cases, ({ kind, size, seed }) => {
        const key = keyFromSeed(seed);
        const specs = specsOf(kind, size);
        const [made, read] = [
          tf.tensor2d(normal(childKey(key, 'a'), size * 3), [size, 3]),
          tf.tensor2d(normal(childKey(key, 'b'), 2 * size), [2, size]),
        ];
        const transform = { g: sample(kind, size, key) };
        checkTransform(specs, transform);
        const moved = applyTransform(specs, { made, read }, transform);
        expectAllclose(tf.matMul(moved['read'] as tf.Tensor2D, moved['made'] as tf.Tensor2D), tf.matMul(read, made), {
          rtol: 1e-3,
          atol: 1e-3,
        });
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('compose like their matrices, of two kinds too, and are undone by their inverses', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...kinds), ({ kind, size, seed }, other) => {
        const [first, second] = [sample(kind, size, keyFromSeed(seed)), sample(other, size, keyFromSeed(seed + 1))];
        const both = composeTransforms({ g: first }, { g: second })['g']!;
        const product = tf.matMul(
          tf.tensor2d(Float32Array.from(elementMatrix(second)), [size, size]),
          tf.tensor2d(Float32Array.from(elementMatrix(first)), [size, size]),
        );
        expectAllclose(elementMatrix(both), product.dataSync(), { rtol: 1e-4, atol: 1e-5 });
        checkTransform(specsOf('invertible', size), { g: both });
        const undone = composeTransforms({ g: both }, invertTransform({ g: both }))['g']!;
        expect(distanceToIdentity(undone)).toBeLessThan(1e-6);
        if (first.kind === 'monomial' && second.kind === 'permutation') expect(both.kind).toBe('monomial');
        if (kind === 'signed-permutation' && other === 'orthogonal') expect(both.kind).toBe('orthogonal');
        if (kind === 'scaled-permutation' && other === 'orthogonal') expect(both.kind).toBe('invertible');
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  test('gains belong to units whatever their sign', () => {
    const specs: AxisSpec[] = [{ name: 'gain', shape: [3], axes: [{ group: 'g', kind: 'signed-permutation', as: 'gains' }] }];
    const element = { kind: 'monomial', indices: Int32Array.of(2, 0, 1), scales: Float64Array.of(-1, 1, -1) } as const;
    expectAllclose(applyTransform(specs, { gain: tf.tensor1d([1, 2, 3]) }, { g: element })['gain']!, [3, 1, 2]);
  });

  test('that a group has not, or that are none, are refused', () => {
    const check = (kind: GroupKind, element: GroupElement) => () => checkTransform(specsOf(kind, 2), { g: element });
    const monomial = (...scales: number[]): GroupElement => ({
      kind: 'monomial',
      indices: Int32Array.of(1, 0),
      scales: Float64Array.from(scales),
    });
    expect(check('permutation', monomial(1, 1))).toThrow('g: an element of a group of kind permutation, got one of kind monomial');
    expect(check('signed-permutation', monomial(1, 2))).toThrow('g: factors of a group of kind signed-permutation, got 2 at 1');
    expect(check('scaled-permutation', monomial(-1, 2))).toThrow('g: factors of a group of kind scaled-permutation, got -1 at 0');
    expect(check('invertible', monomial(0, 2))).toThrow('g: factors that are finite and not 0, got 0 at 0');
    expect(check('invertible', monomial(1))).toThrow('g: a factor for each of 2 units, got 1');
    const flat: GroupElement = { kind: 'invertible', size: 2, matrix: Float64Array.of(1, 2, 2, 4) };
    expect(check('invertible', flat)).toThrow('g: a matrix with a condition number of at most 1000000, got Infinity');
    expect(check('orthogonal', { ...flat, matrix: Float64Array.of(1, 0, 0, 1) })).toThrow('got one of kind invertible');
    expect(() => inverse(Float64Array.of(NaN, 0, 0, 1), 2)).toThrow('a matrix that can be inverted');
    expect(elementKey(monomial(1, 1))).not.toBe(elementKey(monomial(1, -1)));
  });
});
