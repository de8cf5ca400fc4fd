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

/** Sign of the determinant of an invertible matrix, by its LU factors; 0 for a singular one. */
export function determinantSign(a: Matrix): -1 | 0 | 1 {
  // Scaled first, so that the determinant of a large matrix neither over- nor underflows.
  const rows = a.to2DArray().map((row) => {
    const size = Math.max(...row.map(Math.abs));
    return size === 0 ? row : row.map((value) => value / size);
  });
  let sign = 1;
  for (let column = 0; column < rows.length; column++) {
    let pivot = column;
    for (let row = column + 1; row < rows.length; row++) if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    const value = rows[pivot]![column]!;
    if (value === 0) return 0;
    if (pivot !== column) {
      [rows[pivot], rows[column]] = [rows[column]!, rows[pivot]!];
      sign = -sign;
    }
    if (value < 0) sign = -sign;
    for (let row = column + 1; row < rows.length; row++) {
      const factor = rows[row]![column]! / value;
      for (let at = column; at < rows.length; at++) rows[row]![at]! -= factor * rows[column]![at]!;
    }
  }
  return sign as -1 | 1;
}
