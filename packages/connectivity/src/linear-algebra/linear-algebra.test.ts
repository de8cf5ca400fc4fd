import { describe, expect, test } from '@jest/globals';
import { keyFromSeed } from '@basinlab/core/random';
import { determinant, inverse, Matrix } from 'ml-matrix';
import { eigenvalues } from './eigenvalues.js';
import { determinantSign, exponential, exponentialFactors, randomMatrix, realLogarithm, relativeDistance } from './index.js';

const random = (seed: number, n: number, deviation = 1): Matrix => randomMatrix(keyFromSeed(seed), n, n, deviation);
/** The matrix with the given Jordan blocks, [eigenvalue, size], in a random basis. */
function fromBlocks(seed: number, blocks: readonly (readonly [number, number])[]): Matrix {
  const n = blocks.reduce((sum, [, size]) => sum + size, 0);
  const jordan = Matrix.zeros(n, n);
  let at = 0;
  for (const [value, size] of blocks) {
    for (let i = 0; i < size; i++) {
      jordan.set(at + i, at + i, value);
      if (i > 0) jordan.set(at + i - 1, at + i, 1);
    }
    at += size;
  }
  const basis = Matrix.add(random(seed, n, 0.3), Matrix.eye(n));
  return basis.mmul(jordan).mmul(inverse(basis));
}

describe('exponential', () => {
  test('of a turn is the turn, of a nilpotent matrix the short series', () => {
    const turn = exponential(
      new Matrix([
        [0, -2],
        [2, 0],
      ]),
    );
    expect(
      relativeDistance(
        turn,
        new Matrix([
          [Math.cos(2), -Math.sin(2)],
          [Math.sin(2), Math.cos(2)],
        ]),
      ),
    ).toBeLessThan(1e-14);
    expect(
      relativeDistance(
        exponential(
          new Matrix([
            [0, 3],
            [0, 0],
          ]),
        ),
        new Matrix([
          [1, 3],
          [0, 1],
        ]),
      ),
    ).toBeLessThan(1e-15);
  });
  test.each([0.01, 1, 4])('of a sum of commuting matrices is the product, at size %p', (size) => {
    const a = random(1, 6, size / 3);
    expect(relativeDistance(exponential(a).mmul(exponential(Matrix.mul(a, -1))), Matrix.eye(6))).toBeLessThan(1e-6 * size);
    expect(relativeDistance(exponential(Matrix.mul(a, 2)), exponential(a).mmul(exponential(a)))).toBeLessThan(1e-11);
  });
});

describe('eigenvalues', () => {
  test('are those of companion matrices, and of an orthogonal matrix on which the double-shift iteration does not end', () => {
    // (x - 1)(x + 2)(x^2 + 1) = x^4 + x^3 - x^2 + x - 2
    const companion = new Matrix([
      [0, 0, 0, 2],
      [1, 0, 0, -1],
      [0, 1, 0, 1],
      [0, 0, 1, -1],
    ]);
    const found = eigenvalues(companion).map(({ re, im }) =>
      `${(re + 0).toFixed(9)} ${im.toFixed(9)}`.replaceAll('-0.000000000', '0.000000000'),
    );
    expect(found.sort()).toEqual([
      '-2.000000000 0.000000000',
      '0.000000000 -1.000000000',
      '0.000000000 1.000000000',
      '1.000000000 0.000000000',
    ]);
    const rotation = new Matrix([
      [-0.0951221365735993, -0.5809314861056989, -0.08780255416431339, -0.80359262009237],
      [-0.8764924827221106, -0.3360093409540972, 0.047579022874099264, 0.34145993484678455],
      [-0.32620613636939716, 0.5249426208055483, 0.6683623890633662, -0.4139039965284973],
      [-0.34103117666901833, 0.5234993563553058, -0.737101529607746, -0.25754125006539597],
    ]);
    for (const { re, im } of eigenvalues(rotation)) expect(Math.hypot(re, im)).toBeCloseTo(1, 12);
  });
  test('add up to the trace and multiply to the determinant', () => {
    for (const n of [1, 2, 5, 30]) {
      const a = random(n, n);
      const found = eigenvalues(a);
      expect(found).toHaveLength(n);
      expect(found.reduce((sum, { re }) => sum + re, 0)).toBeCloseTo(a.trace(), 9);
      expect(found.reduce((sum, { im }) => sum + im, 0)).toBeCloseTo(0, 9);
      const logarithm = found.reduce((sum, { re, im }) => sum + Math.log(Math.hypot(re, im)), 0);
      expect(logarithm).toBeCloseTo(Math.log(Math.abs(determinant(a))), 8);
    }
  });
  test('refuse values that are not finite', () => {
    expect(() =>
      eigenvalues(
        new Matrix([
          [NaN, 1],
          [1, 1],
        ]),
      ),
    ).toThrow('eigenvalues: convergence within 300 steps');
  });
});

describe('realLogarithm', () => {
  test('is the inverse of the exponential', () => {
    for (let seed = 0; seed < 20; seed++) {
      const n = 1 + (seed % 8);
      const m = random(seed, n, 0.4);
      const { logarithm } = realLogarithm(exponential(m));
      expect(relativeDistance(logarithm!, m)).toBeLessThan(1e-11);
    }
  });
  test.each([
    [
      'two equal negative eigenvalues',
      [
        [-2, 1],
        [-2, 1],
        [3, 1],
      ],
    ],
    [
      'a pair of blocks of size 2',
      [
        [-1, 2],
        [-1, 2],
      ],
    ],
    [
      'pairs of two sizes of one eigenvalue',
      [
        [-1.5, 2],
        [-1.5, 2],
        [-1.5, 1],
        [-1.5, 1],
        [0.5, 2],
      ],
    ],
    [
      'two negative pairs',
      [
        [-1, 1],
        [-1, 1],
        [-3, 1],
        [-3, 1],
        [2, 1],
      ],
    ],
  ] as const)('exists for %s', (_, blocks) => {
    const g = fromBlocks(5, blocks);
    const { logarithm } = realLogarithm(g);
    expect(logarithm).not.toBeNull();
    expect(relativeDistance(exponential(logarithm!), g)).toBeLessThan(1e-6);
  });
  test.each([
    [
      'two different negative eigenvalues',
      [
        [-1, 1],
        [-2, 1],
      ],
      /block of size 1 of the eigenvalue -2\.000 occurs an odd number/,
    ],
    [
      'a single block of size 2',
      [
        [-1, 2],
        [3, 1],
      ],
      /block of size 2 of the eigenvalue -1\.000 occurs an odd number/,
    ],
    [
      'a negative determinant',
      [
        [-1, 1],
        [2, 1],
      ],
      /determinant of g is negative/,
    ],
    [
      'a singular matrix',
      [
        [0, 1],
        [2, 1],
      ],
      /g is singular/,
    ],
  ] as const)('does not exist for %s', (_, blocks, reason) => {
    expect(realLogarithm(fromBlocks(6, blocks))).toEqual({ logarithm: null, reason: expect.stringMatching(reason) });
  });
  test('refuses matrices that are not square', () => {
    expect(() => realLogarithm(Matrix.zeros(2, 3))).toThrow('realLogarithm: a square matrix, got [2,3]');
  });
});

describe('exponentialFactors', () => {
  test('multiply to g for every g with positive determinant', () => {
    let two = 0;
    for (let seed = 0; seed < 150; seed++) {
      const g = random(seed, 2 + (seed % 5));
      if (determinantSign(g) < 0) continue;
      const factors = exponentialFactors(g);
      if (factors.length === 2) two++;
      expect(
        relativeDistance(
          factors.map(exponential).reduce((a, b) => a.mmul(b)),
          g,
        ),
      ).toBeLessThan(1e-8);
    }
    expect(two).toBeGreaterThan(3);
  });
  test('a half turn and different negative eigenvalues need two', () => {
    expect(exponentialFactors(Matrix.diag([-1, -1]))).toHaveLength(1);
    const factors = exponentialFactors(Matrix.diag([-1, -2]));
    expect(factors).toHaveLength(2);
    expect(relativeDistance(exponential(factors[0]!).mmul(exponential(factors[1]!)), Matrix.diag([-1, -2]))).toBeLessThan(1e-12);
  });
  test('refuses what has none', () => {
    expect(() => exponentialFactors(Matrix.diag([-1, 1]))).toThrow('exponentialFactors: a positive determinant, got a negative one');
    expect(() => exponentialFactors(Matrix.diag([0, 1]))).toThrow(
      'exponentialFactors: an invertible matrix, got condition number Infinity',
    );
  });
});

test('the sign of a determinant survives sizes at which the determinant does not', () => {
  const g = exponential(random(3, 40, 0.1)).mul(1e-30);
  expect(determinantSign(g)).toBe(1);
  g.swapRows(0, 1);
  expect(determinantSign(g)).toBe(-1);
  expect(
    determinantSign(
      new Matrix([
        [1, 2],
        [2, 4],
      ]),
    ),
  ).toBe(0);
});
