import type { Matrix } from 'ml-matrix';

/** Largest sum of magnitudes of a column. */
export const norm1 = (a: Matrix): number => {
  let largest = 0;
  for (let column = 0; column < a.columns; column++) {
    let sum = 0;
    for (let row = 0; row < a.rows; row++) sum += Math.abs(a.get(row, column));
    largest = Math.max(largest, sum);
  }
  return largest;
};

/** Frobenius norm. */
export const frobenius = (a: Matrix): number => Math.hypot(...a.to1DArray());

/** Frobenius norm of the difference, divided by that of `b`. */
export const relativeDistance = (a: Matrix, b: Matrix): number => frobenius(a.clone().sub(b)) / Math.max(frobenius(b), Number.MIN_VALUE);
