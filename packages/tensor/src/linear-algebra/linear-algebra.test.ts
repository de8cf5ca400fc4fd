import { keyFromSeed, normal } from '../random/index.js';
import { expectAllclose } from '../testing/index.js';
import { describe, expect, test } from '@jest/globals';
import { orthonormalColumns } from './orthonormal-columns.js';
import { choleskyFactor, invertLower } from './cholesky-factor.js';
import { leadingEigen } from './leading-eigen.js';
import { multiplyTransposed, transposed } from './products.js';
import { symmetricEigen, symmetricEigenvalues } from './symmetric-eigen.js';

const random = (seed: number, size: number): Float64Array => Float64Array.from(normal(keyFromSeed(seed), size));
/** a [n, m] times the transpose of b [p, m]. */
const timesTransposed = (a: ArrayLike<number>, b: ArrayLike<number>, n: number, m: number, p: number): Float64Array =>
  Float64Array.from({ length: n * p }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < m; k++) sum += a[Math.floor(at / p) * m + k]! * b[(at % p) * m + k]!;
    return sum;
  });
const transpose = (a: ArrayLike<number>, n: number, m: number): Float64Array =>
  Float64Array.from({ length: n * m }, (_, at) => a[(at % n) * m + Math.floor(at / n)]!);
const identity = (n: number): Float64Array => Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
const tight = { rtol: 0, atol: 1e-11 };

describe('orthonormalColumns', () => {
  test.each([
    [1, 1],
    [5, 1],
    [7, 7],
    [30, 12],
  ])('%i x %i: orthonormal, spans the columns, triangular with negative first product', (rows, columns) => {
    const matrix = random(rows, rows * columns);
    const q = orthonormalColumns(matrix, rows, columns);
    const qT = transpose(q, rows, columns);
    expectAllclose(timesTransposed(qT, qT, columns, rows, columns), identity(columns), tight);
    const r = timesTransposed(qT, transpose(matrix, rows, columns), columns, rows, columns);
    for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) expect(Math.abs(r[i * columns + j]!)).toBeLessThan(1e-11);
    expectAllclose(timesTransposed(q, transpose(r, columns, columns), rows, columns, columns), matrix, tight);
  });
  test('signs are those of LAPACK', () => {
    // numpy.linalg.qr([[3, 1], [4, 2], [0, 2]])
    const q = orthonormalColumns([3, 1, 4, 2, 0, 2], 3, 2);
    expectAllclose([q[0]!, q[2]!, q[4]!], [-0.6, -0.8, 0], tight);
    expect(q[5]).toBeLessThan(0);
  });
  test('refuses wide matrices and other sizes', () => {
    expect(() => orthonormalColumns([1, 2], 1, 2)).toThrow('orthonormalColumns: at least as many rows as columns, got [1,2]');
    expect(() => orthonormalColumns([1, 2], 2, 2)).toThrow('orthonormalColumns: 4 values, got 2');
  });
});

test('symmetricEigenvalues are those of symmetricEigen', () => {
  for (const n of [1, 2, 9, 24]) {
    const half = random(n, n * n);
    const matrix = timesTransposed(half, half, n, n, n);
    expectAllclose(symmetricEigenvalues(matrix, n), symmetricEigen(matrix, n).values, tight);
  }
  expectAllclose(symmetricEigenvalues([2, 1, 1, 2], 2), [3, 1], tight);
  expect([...symmetricEigenvalues([], 0)]).toEqual([]);
  expect(() => symmetricEigenvalues([1, 2], 2)).toThrow('symmetricEigen: 4 values, got 2');
});

const symmetric: [string, number, (n: number) => Float64Array][] = [
  ['random', 20, (n: number) => timesTransposed(random(1, n * n), random(1, n * n), n, n, n)],
  [
    'indefinite',
    9,
    (n: number) => random(2, n * n).map((_, at, all) => all[Math.floor(at / n) * n + (at % n)]! + all[(at % n) * n + Math.floor(at / n)]!),
  ],
  ['rank two', 12, (n: number) => timesTransposed(random(3, 2 * n), random(3, 2 * n), n, 2, n)],
  ['the identity', 6, identity],
  ['zero', 4, (n: number) => new Float64Array(n * n)],
  ['one number', 1, () => Float64Array.of(-3)],
  ['none', 0, () => new Float64Array()],
];

describe('symmetricEigen', () => {
  test.each(symmetric)('%s', (_, n, make) => {
    const matrix = make(n);
    const { values, vectors } = symmetricEigen(matrix, n);
    const scaled = vectors.map((value, at) => value * values[Math.floor(at / n)]!);
    const columns = transpose(vectors, n, n);
    expectAllclose(timesTransposed(columns, transpose(scaled, n, n), n, n, n), matrix, {
      rtol: 0,
      atol: 1e-11 * Math.max(1, ...matrix.map(Math.abs)),
    });
    expectAllclose(timesTransposed(vectors, vectors, n, n, n), identity(n), tight);
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
  });
  test('a known spectrum: the second difference matrix', () => {
    const n = 30;
    const matrix = Float64Array.from({ length: n * n }, (_, at) => [2, -1][Math.abs(Math.floor(at / n) - (at % n))] ?? 0);
    const expected = Array.from({ length: n }, (_, i) => 2 - 2 * Math.cos(((n - i) * Math.PI) / (n + 1)));
    expectAllclose(symmetricEigen(matrix, n).values, expected, tight);
  });
  test('NaN is refused', () => {
    expect(() => symmetricEigen([NaN, NaN, NaN, NaN], 2)).toThrow('symmetricEigen: finite values');
  });
});

describe('leadingEigen', () => {
  test.each(symmetric)('%s: agrees with all eigenvectors', (_, n, make) => {
    const matrix = make(n);
    const scale = Math.max(1, ...matrix.map(Math.abs));
    const all = symmetricEigen(matrix, n);
    for (const count of new Set([0, Math.ceil(n / 3), n])) {
      const { values, vectors } = leadingEigen(matrix, n, () => count);
      expectAllclose(values, all.values, { rtol: 0, atol: 1e-12 * scale });
      expectAllclose(multiplyTransposed(vectors, vectors, count, count, n), identity(count), tight);
      // A v = value v also where vectors of equal values are free to turn.
      const products = multiplyTransposed(vectors, matrix, count, n, n);
      const scaled = vectors.map((value, at) => value * values[Math.floor(at / n)]!);
      expectAllclose(products, scaled, { rtol: 0, atol: 1e-11 * scale });
    }
  });
  test('clustered and repeated values, two blocks', () => {
    const n = 40;
    const spectrum = Float64Array.from({ length: n }, (_, i) => (i < 10 ? 1 : i < 20 ? 1 - 1e-9 * i : 1 / (i + 1)));
    const turn = orthonormalColumns(random(9, n * n), n, n);
    const scaled = turn.map((value, at) => value * spectrum[at % n]!);
    const { values, vectors } = leadingEigen(
      multiplyTransposed(scaled, turn, n, n, n),
      n,
      (found) => found.filter((value) => value > 0.03).length,
    );
    expectAllclose(values, spectrum, { rtol: 0, atol: 1e-13 });
    expect(vectors).toHaveLength(33 * n);
    expectAllclose(multiplyTransposed(vectors, vectors, 33, 33, n), identity(33), tight);
    const inBasis = multiplyTransposed(vectors, transposed(turn, n, n), 33, n, n);
    // Nothing of the wanted vectors lies along the unwanted ones.
    for (let i = 0; i < 33; i++) for (let j = 33; j < n; j++) expect(Math.abs(inBasis[i * n + j]!)).toBeLessThan(1e-11);
  });
  test('NaN is refused', () => {
    expect(() => leadingEigen([NaN, NaN, NaN, NaN], 2, () => 1)).toThrow('symmetricEigen: finite values');
  });
});

describe('products', () => {
  test.each([
    [4, 2, 3],
    [9, 7, 5],
    [3, 1, 1],
    [0, 2, 2],
  ])('%i x %i rows of %i', (m, n, k) => {
    const [a, b] = [random(m, m * k), random(n + 50, n * k)];
    expectAllclose(multiplyTransposed(a, b, m, n, k), timesTransposed(a, b, m, k, n), tight);
  });
  test.each([1, 3, 4, 5, 8, 11, 14])('%i rows times their own transpose', (n) => {
    const a = random(n, n * 3);
    expectAllclose(multiplyTransposed(a, a, n, n, 3), timesTransposed(a, a, n, 3, n), tight);
  });
  test('other sizes are refused', () => {
    expect(() => multiplyTransposed([1, 2], [1], 1, 1, 2)).toThrow('multiplyTransposed: 2 and 2 values, got [2,1]');
  });
});

describe('choleskyFactor', () => {
  const lower = (matrix: Float64Array, n: number): Float64Array => matrix.map((value, at) => (at % n > Math.floor(at / n) ? 0 : value));
  test.each([1, 2, 7, 30])('%i: factor and inverse', (n) => {
    const factors = random(n, n * n);
    const matrix = multiplyTransposed(factors, factors, n, n, n).map((value, at) => value + (at % (n + 1) === 0 ? 1 : 0));
    const work = matrix.slice();
    expect(choleskyFactor(work, n)).toBeGreaterThan(0);
    const factor = lower(work, n);
    expectAllclose(multiplyTransposed(factor, factor, n, n, n), matrix, tight);
    invertLower(work, n);
    expectAllclose(multiplyTransposed(lower(work, n), transposed(factor, n, n), n, n, n), identity(n), tight);
  });
  test('the identity has pivot ratio 1, singular and indefinite matrices 0', () => {
    expect(choleskyFactor(identity(3), 3)).toBe(1);
    expect(choleskyFactor(Float64Array.of(1, 1, 1, 1), 2)).toBe(0);
    expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toBe(0);
    expect(choleskyFactor(new Float64Array(4), 2)).toBe(0);
    expect(choleskyFactor(Float64Array.of(NaN), 1)).toBe(0);
  });
});
