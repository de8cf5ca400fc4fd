import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyFromSeed, normal } from '../random/index.js';
import { expectAllclose } from '../testing/allclose.js';
import { orthonormalColumns } from './orthonormal-columns.js';
import { polarFactor } from './polar-factor.js';
import { multiplyTransposed, transposed } from './products.js';

const matrixOf = (seed: number, n: number): Float64Array => Float64Array.from(normal(keyFromSeed(seed), n * n));
const identity = (n: number): Float64Array => Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
const orthogonal = (seed: number, n: number): Float64Array => Float64Array.from(orthonormalColumns(matrixOf(seed, n), n, n));

describe('polarFactor', () => {
  test('of a rotation times a symmetric positive matrix is the rotation; singular values are those of the symmetric one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 1e6 }), (n, seed) => {
        const [q, v] = [orthogonal(seed, n), orthogonal(seed + 1, n)];
        // P = V diag(1, 1/2, ...) V^T.
        const scaled = v.map((value, at) => value / (1 + (at % n)));
        const positive = multiplyTransposed(scaled, v, n, n, n);
        const { factor, singularValues } = polarFactor(multiplyTransposed(q, transposed(positive, n, n), n, n, n), n);
        expectAllclose(factor, q, { rtol: 0, atol: 1e-9 });
        expectAllclose(
          singularValues,
          Float64Array.from({ length: n }, (_, i) => 1 / (1 + i)),
          { rtol: 1e-9 },
        );
      }),
    );
  });

  test('is orthogonal and no other orthogonal matrix is nearer', () => {
    const n = 6;
    const matrix = matrixOf(3, n);
    const { factor } = polarFactor(matrix, n);
    expectAllclose(multiplyTransposed(factor, factor, n, n, n), identity(n), { rtol: 0, atol: 1e-12 });
    const inner = (q: Float64Array): number => q.reduce((sum, value, at) => sum + value * matrix[at]!, 0);
    for (let seed = 10; seed < 40; seed++) expect(inner(orthogonal(seed, n))).toBeLessThan(inner(factor));
  });

  test('of a singular matrix is one of those that keep what it does, also of zeros', () => {
    const n = 5;
    const [a, b] = [matrixOf(1, n).slice(0, 2 * n), matrixOf(2, n).slice(0, 2 * n)];
    const low = multiplyTransposed(transposed(a, 2, n), transposed(b, 2, n), n, n, 2);
    for (const matrix of [low, new Float64Array(n * n)]) {
      const { factor } = polarFactor(matrix, n);
      expectAllclose(multiplyTransposed(factor, factor, n, n, n), identity(n), { rtol: 0, atol: 1e-9 });
    }
    // The symmetric part that is left is positive: its trace is the sum of the singular values.
    const { factor, singularValues } = polarFactor(low, n);
    const trace = factor.reduce((sum, value, at) => sum + value * low[at]!, 0);
    expect(trace).toBeCloseTo(
      singularValues.reduce((sum, value) => sum + value, 0),
      9,
    );
  });

  test('numbers that are not finite are refused', () => {
    expect(() => polarFactor(Float64Array.of(1, NaN, 0, 1), 2)).toThrow('polarFactor: finite numbers');
    expect(() => polarFactor(Float64Array.of(1), 2)).toThrow('polarFactor: 4 numbers, got 1');
  });
});
