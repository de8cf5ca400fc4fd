import { demand } from '@basinlab/core';
import { LuDecomposition, Matrix } from 'ml-matrix';
import { norm1 } from './norms.js';

/** Throws where a matrix is not square. */
export function demandSquare(id: string, a: Matrix): void {
  demand(a.rows === a.columns, id, 'a square matrix', [a.rows, a.columns]);
}

/** Condition number in the 1-norm, |A| |A^-1|; Infinity for a singular matrix. */
export function conditionNumber(a: Matrix): number {
  const factors = new LuDecomposition(a);
  return factors.isSingular() ? Infinity : norm1(a) * norm1(factors.solve(Matrix.eye(a.rows)));
}

/** Condition numbers from here on leave less than four digits: a matrix counts as singular. */
const singular = 1e12;

/** Throws where a square matrix is singular to working precision. */
export function demandInvertible(id: string, a: Matrix, what = 'an invertible matrix'): void {
  demandSquare(id, a);
  const condition = conditionNumber(a);
  demand(condition < singular, id, what, `condition number ${condition.toExponential(1)}`);
}

/** Sign of the determinant, by LU factors: that of a large matrix may over- or underflow, its sign does not. 0 for a singular matrix. */
export function determinantSign(a: Matrix): -1 | 0 | 1 {
  const factors = new LuDecomposition(a);
  if (factors.isSingular()) return 0;
  const negative = factors.upperTriangularMatrix.diagonal().filter((value) => value < 0).length;
  return (negative + transpositions(factors.pivotPermutationVector)) % 2 === 0 ? 1 : -1;
}

/** Exchanges of two that a permutation is made of. */
function transpositions(permutation: readonly number[]): number {
  const seen = new Set<number>();
  let cycles = 0;
  for (const start of permutation.keys()) {
    if (seen.has(start)) continue;
    cycles++;
    for (let at = start; !seen.has(at); at = permutation[at]!) seen.add(at);
  }
  return permutation.length - cycles;
}
