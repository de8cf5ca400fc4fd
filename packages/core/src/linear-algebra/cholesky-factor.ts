/**
 * Replaces the lower triangle of a symmetric matrix [n, n] (row-major float64; the upper triangle is neither read nor written) by its Cholesky
 * factor L, L L^T = matrix, and returns the least pivot over the largest: about the reciprocal condition number, 1 for the identity. Stops with
 * 0 at the first pivot that is not positive or not above 1e-14 of the largest diagonal entry: then the matrix is singular as far as float64 can
 * tell, and what is in the triangle is no factor.
 */
export function choleskyFactor(matrix: Float64Array, n: number): number {
  let scale = 0;
  for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(matrix[i * n + i]!));
  let [least, largest] = [Infinity, 0];
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const other = j * n;
      let sum = matrix[row + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[other + k]!;
      if (j < i) {
        matrix[row + j] = sum / matrix[other + j]!;
        continue;
      }
      if (!(sum > 1e-14 * scale)) return 0;
      least = Math.min(least, sum);
      largest = Math.max(largest, sum);
      matrix[row + i] = Math.sqrt(sum);
    }
  }
  return n === 0 ? 1 : least / largest;
}

/** Replaces a lower triangular matrix [n, n] with non-zero diagonal by its inverse; the upper triangle is neither read nor written. */
export function invertLower(matrix: Float64Array, n: number): void {
  // Columns from the left: what is right of column j is still L, and `column` holds the inverse's column j as it grows.
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column[j] = 1 / matrix[j * n + j]!;
    matrix[j * n + j] = column[j]!;
    for (let i = j + 1; i < n; i++) {
      const row = i * n;
      let sum = 0;
      for (let k = j; k < i; k++) sum += matrix[row + k]! * column[k]!;
      column[i] = -sum / matrix[row + i]!;
      matrix[row + j] = column[i]!;
    }
  }
}
