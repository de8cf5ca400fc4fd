import { innerProduct } from './products.js';

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
  // Four rows at a time, against two columns at a time: every number read serves several products, and sums do not wait for each other.
  for (let from = 0; from < n; from += 4) {
    const rows = Math.min(4, n - from);
    const columns = from - (from % 2);
    if (rows === 4) for (let j = 0; j < columns; j += 2) fourRowsTwoColumns(matrix, n, from, j);
    for (let i = from; i < from + rows; i++) {
      const row = i * n;
      for (let j = rows === 4 ? columns : 0; j <= i; j++) {
        const sum = matrix[row + j]! - innerProduct(matrix, row, matrix, j * n, j);
        if (j < i) {
          matrix[row + j] = sum / matrix[j * n + j]!;
          continue;
        }
        if (!(sum > 1e-14 * scale)) return 0;
        least = Math.min(least, sum);
        largest = Math.max(largest, sum);
        matrix[row + i] = Math.sqrt(sum);
      }
    }
  }
  return n === 0 ? 1 : least / largest;
}

/** Entries (i .. i + 3, j .. j + 1) of the factor, of which everything left and above is known. */
function fourRowsTwoColumns(matrix: Float64Array, n: number, i: number, j: number): void {
  const a = i * n;
  const b = (i + 1) * n;
  const c = (i + 2) * n;
  const d = (i + 3) * n;
  const x = j * n;
  const y = (j + 1) * n;
  let a0 = matrix[a + j]!;
  let a1 = matrix[a + j + 1]!;
  let b0 = matrix[b + j]!;
  let b1 = matrix[b + j + 1]!;
  let c0 = matrix[c + j]!;
  let c1 = matrix[c + j + 1]!;
  let d0 = matrix[d + j]!;
  let d1 = matrix[d + j + 1]!;
  for (let k = 0; k < j; k++) {
    const u = matrix[x + k]!;
    const w = matrix[y + k]!;
    const p = matrix[a + k]!;
    const q = matrix[b + k]!;
    const r = matrix[c + k]!;
    const s = matrix[d + k]!;
    a0 -= p * u;
    a1 -= p * w;
    b0 -= q * u;
    b1 -= q * w;
    c0 -= r * u;
    c1 -= r * w;
    d0 -= s * u;
    d1 -= s * w;
  }
  const pivot = matrix[x + j]!;
  const across = matrix[y + j]!;
  const next = matrix[y + j + 1]!;
  matrix[a + j] = a0 /= pivot;
  matrix[b + j] = b0 /= pivot;
  matrix[c + j] = c0 /= pivot;
  matrix[d + j] = d0 /= pivot;
  matrix[a + j + 1] = (a1 - a0 * across) / next;
  matrix[b + j + 1] = (b1 - b0 * across) / next;
  matrix[c + j + 1] = (c1 - c0 * across) / next;
  matrix[d + j + 1] = (d1 - d0 * across) / next;
}

/** Replaces a lower triangular matrix [n, n] with non-zero diagonal by its inverse; the upper triangle is neither read nor written. */
export function invertLower(matrix: Float64Array, n: number): void {
  // Row i of the inverse X is (e_i - sum_k<i L_ik X_k) / L_ii. Rows above i are X already; `factors` holds what is left of two rows of L.
  const factors = new Float64Array(2 * n);
  for (let i = 0; i < n; i += 2) {
    const end = Math.min(i + 2, n);
    for (let row = i; row < end; row++) {
      factors.set(matrix.subarray(row * n, row * n + i), (row - i) * n);
      matrix.fill(0, row * n, row * n + i);
    }
    let k = 0;
    if (end === i + 2) for (; k + 3 < i; k += 4) subtractFourFromTwo(matrix, n, i, k, factors);
    for (; k < i; k++) for (let row = i; row < end; row++) subtractRow(matrix, row * n, k * n, k + 1, factors[(row - i) * n + k]!);
    for (let row = i; row < end; row++) {
      const at = row * n;
      if (row > i) {
        const left = matrix[at + i]!;
        matrix[at + i] = 0;
        subtractRow(matrix, at, i * n, i + 1, left);
      }
      const scale = 1 / matrix[at + row]!;
      for (let j = 0; j < row; j++) matrix[at + j]! *= scale;
      matrix[at + row] = scale;
    }
  }
}

function subtractRow(matrix: Float64Array, to: number, from: number, length: number, factor: number): void {
  for (let j = 0; j < length; j++) matrix[to + j]! -= factor * matrix[from + j]!;
}

/** Takes from rows i and i + 1 what rows k to k + 3 of the inverse contribute. */
function subtractFourFromTwo(matrix: Float64Array, n: number, i: number, k: number, factors: Float64Array): void {
  const a = i * n;
  const b = (i + 1) * n;
  const w = k * n;
  const x = (k + 1) * n;
  const y = (k + 2) * n;
  const z = (k + 3) * n;
  const aw = factors[k]!;
  const ax = factors[k + 1]!;
  const ay = factors[k + 2]!;
  const az = factors[k + 3]!;
  const bw = factors[n + k]!;
  const bx = factors[n + k + 1]!;
  const by = factors[n + k + 2]!;
  const bz = factors[n + k + 3]!;
  for (let j = 0; j <= k; j++) {
    const w0 = matrix[w + j]!;
    const x0 = matrix[x + j]!;
    const y0 = matrix[y + j]!;
    const z0 = matrix[z + j]!;
    matrix[a + j] = matrix[a + j]! - aw * w0 - ax * x0 - ay * y0 - az * z0;
    matrix[b + j] = matrix[b + j]! - bw * w0 - bx * x0 - by * y0 - bz * z0;
  }
  // The corner below the diagonal of these four rows.
  for (let row = 1; row < 4; row++) {
    const from = (k + row) * n;
    for (let j = k + 1; j <= k + row; j++) {
      matrix[a + j]! -= factors[k + row]! * matrix[from + j]!;
      matrix[b + j]! -= factors[n + k + row]! * matrix[from + j]!;
    }
  }
}
