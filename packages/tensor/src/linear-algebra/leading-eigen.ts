import { demand } from '../errors.js';
import { inverseIteration } from './inverse-iteration.js';
import { diagonalize } from './ql.js';
import { orient } from './symmetric-eigen.js';
import { reflectBack, tridiagonalize } from './tridiagonal.js';

/** All eigenvalues of a symmetric matrix and its leading eigenvectors. */
export interface LeadingEigen {
  /** All n eigenvalues, largest first. */
  readonly values: Float64Array;
  /** Row i is the unit eigenvector of value i, [count, n] row-major; its largest entry by magnitude is positive. */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues of a symmetric matrix [n, n] (row-major float64; only its lower triangle is read) and the eigenvectors of the largest, as
 * many as `count` says once it has seen the values. Vectors come from inverse iteration on the three diagonals, kept orthogonal where values are
 * close, so that also equal values get an orthonormal basis.
 */
export function leadingEigen(matrix: ArrayLike<number>, n: number, count: (values: Float64Array) => number): LeadingEigen {
  demand(matrix.length === n * n, 'leadingEigen', `${n * n} values`, matrix.length);
  const reduced = tridiagonalize(new Float64Array(matrix), n);
  const values = reduced.diagonal.slice();
  diagonalize(values, reduced.beside.slice());
  values.sort((a, b) => b - a);
  const wanted = count(values);
  demand(Number.isInteger(wanted) && wanted >= 0 && wanted <= n, 'leadingEigen', `a count from 0 to ${n}`, wanted);
  const vectors = inverseIteration(reduced, values.subarray(0, wanted));
  reflectBack(reduced, vectors, wanted, n);
  for (let i = 0; i < wanted; i++) orient(vectors.subarray(i * n, (i + 1) * n));
  return { values, vectors };
}
