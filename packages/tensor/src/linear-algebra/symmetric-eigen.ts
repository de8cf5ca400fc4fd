import { demand } from '../errors.js';
import { diagonalize } from './ql.js';
import { reflectBack, tridiagonalize } from './tridiagonal.js';
import type { Tridiagonal } from './tridiagonal.js';

/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface SymmetricEigen {
  /** Largest first. */
  readonly values: Float64Array;
  /** Row i is the unit eigenvector of value i, [n, n] row-major; its largest entry by magnitude is positive. */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix [n, n] in float64, row-major; only its lower triangle is read. Where the largest few are
 * enough, `leadingEigen` is several times faster.
 */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): SymmetricEigen {
  const reduced = reduce(matrix, n);
  const { diagonal, beside } = reduced;
  const rows = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(1, i, i + 1));
  diagonalize(diagonal, beside, (i, cosine, sine) => rotate(rows[i]!, rows[i + 1]!, cosine, sine));
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(rows[from]!, to * n));
  reflectBack(reduced, vectors, n, n);
  for (let i = 0; i < n; i++) orient(vectors.subarray(i * n, (i + 1) * n));
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors };
}

/** Eigenvalues alone, largest first: the larger part of the work is not done. Only the lower triangle of `matrix` [n, n] is read. */
export function symmetricEigenvalues(matrix: ArrayLike<number>, n: number): Float64Array {
  const { diagonal, beside } = reduce(matrix, n);
  diagonalize(diagonal, beside);
  return diagonal.sort().reverse();
}

function reduce(matrix: ArrayLike<number>, n: number): Tridiagonal {
  demand(matrix.length === n * n, 'symmetricEigen', `${n * n} values`, matrix.length);
  return tridiagonalize(new Float64Array(matrix), n);
}

function rotate(a: Float64Array, b: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k]!, b[k]!];
    b[k] = sine * x + cosine * y;
    a[k] = cosine * x - sine * y;
  }
}

/** Turns a vector so that its largest entry by magnitude is positive. */
export function orient(vector: Float64Array): void {
  let largest = 0;
  for (let i = 1; i < vector.length; i++) if (Math.abs(vector[i]!) > Math.abs(vector[largest]!) + 1e-12) largest = i;
  if (vector[largest]! < 0) for (let i = 0; i < vector.length; i++) vector[i] = -vector[i]!;
}
