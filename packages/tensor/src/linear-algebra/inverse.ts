import { BasinlabError } from '../errors.js';

/**
 * The inverse of a matrix [size, size], row-major, by Gauss and Jordan's method with the largest pivots first.
 * @throws BasinlabError for a matrix that has none
 */
export function inverse(matrix: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const left = Float64Array.from(matrix);
  const right = new Float64Array(size * size);
  for (let i = 0; i < size; i++) right[i * size + i] = 1;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(left[row * size + column]!) > Math.abs(left[pivot * size + column]!)) pivot = row;
    const value = left[pivot * size + column]!;
    // Not the other way round: NaN must be refused.
    if (!(Math.abs(value) > 0))
      throw new BasinlabError('inverse', 'a matrix that can be inverted', `a pivot of ${value} in column ${column}`);
    for (const half of [left, right]) {
      exchangeRows(half, size, pivot, column);
      for (let k = 0; k < size; k++) half[column * size + k]! /= value;
    }
    for (let row = 0; row < size; row++) {
      const factor = left[row * size + column]!;
      if (row === column || factor === 0) continue;
      for (const half of [left, right]) for (let k = 0; k < size; k++) half[row * size + k]! -= factor * half[column * size + k]!;
    }
  }
  return right;
}

function exchangeRows(matrix: Float64Array, size: number, a: number, b: number): void {
  if (a === b) return;
  const kept = matrix.slice(a * size, (a + 1) * size);
  matrix.copyWithin(a * size, b * size, (b + 1) * size);
  matrix.set(kept, b * size);
}

/** Greatest sum of absolute values of a column. */
const norm = (matrix: Float64Array, size: number): number => {
  const sums = new Float64Array(size);
  matrix.forEach((value, at) => (sums[at % size]! += Math.abs(value)));
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
};

/** How much larger relative errors may become by a matrix [size, size]: its 1-norm times that of its inverse. Infinity where it has none. */
export function conditionNumber(matrix: Float64Array, size: number): number {
  try {
    return norm(matrix, size) * norm(inverse(matrix, size), size);
  } catch (error) {
    if (error instanceof BasinlabError) return Infinity;
    throw error;
  }
}
