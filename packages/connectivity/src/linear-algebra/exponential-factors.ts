import { demand } from '@basinlab/core';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { demandInvertible, determinantSign } from './checks.js';
import { realLogarithm } from './real-logarithm.js';

/** Real matrices whose exponentials, multiplied in this order, are g: exp(first) exp(second)... */
export type ExponentialFactors = readonly Matrix[];

/**
 * Writes g with det g > 0 as exp(M), where it has a real logarithm, else as exp(K) exp(S) with K skew and S symmetric: the polar factors of g, a
 * rotation and a positive definite matrix, which always have one.
 * @throws BasinlabError where g is not square, is singular, or has a negative determinant
 */
export function exponentialFactors(g: Matrix): ExponentialFactors {
  demandInvertible('exponentialFactors', g);
  demand(determinantSign(g) > 0, 'exponentialFactors', 'a positive determinant', 'a negative one', 'Permute two units first.');
  const single = realLogarithm(g);
  if (single.logarithm !== null) return [single.logarithm];
  const { leftSingularVectors: u, rightSingularVectors: v, diagonal } = new SingularValueDecomposition(g);
  const symmetric = v.mmul(Matrix.diag(diagonal.map(Math.log))).mmul(v.transpose());
  const rotation = realLogarithm(u.mmul(v.transpose()));
  // A rotation has its eigenvalue -1 an even number of times, in blocks of size 1.
  demand(rotation.logarithm !== null, 'exponentialFactors', 'a rotation with a real logarithm', 'one without');
  return [rotation.logarithm, symmetric];
}
