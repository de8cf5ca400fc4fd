import { demand } from '../errors.js';

/**
 * The product of `a` [m, k] with the transpose of `b` [n, k], row-major float64 [m, n]: every entry is the inner product of a row of each.
 * Rows are taken four by two, so that every number read is used several times.
 */
export function multiplyTransposed(a: ArrayLike<number>, b: ArrayLike<number>, m: number, n: number, k: number): Float64Array {
  demand(a.length === m * k && b.length === n * k, 'multiplyTransposed', `${m * k} and ${n * k} values`, [a.length, b.length]);
  const [x, y] = [doubles(a), doubles(b)];
  const out = new Float64Array(m * n);
  const [evenM, evenN] = [m - (m % 4), n - (n % 2)];
  // The product of a matrix with its own transpose is symmetric: the tiles below the diagonal are copied.
  const symmetric = x === y && m === n;
  for (let i = 0; i < evenM; i += 4) {
    for (let j = symmetric ? i : 0; j < evenN; j += 2) fourByTwo(x, y, out, i, j, n, k);
  }
  if (symmetric) for (let i = 4; i < evenM; i++) for (let j = 0; j < i - (i % 4); j++) out[i * n + j] = out[j * n + i]!;
  for (let i = 0; i < m; i++) {
    for (let j = i < evenM ? evenN : 0; j < n; j++) {
      let sum = 0;
      for (let at = i * k, other = j * k, end = at + k; at < end; at++, other++) sum += x[at]! * y[other]!;
      out[i * n + j] = sum;
    }
  }
  return out;
}

/** Inner product of `length` entries of x from `a` on and of y from `b` on, in four sums that do not wait for each other. */
export function innerProduct(x: Float64Array, a: number, y: Float64Array, b: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += x[a + k]! * y[b + k]!;
    s1 += x[a + k + 1]! * y[b + k + 1]!;
    s2 += x[a + k + 2]! * y[b + k + 2]!;
    s3 += x[a + k + 3]! * y[b + k + 3]!;
  }
  for (; k < length; k++) s0 += x[a + k]! * y[b + k]!;
  return s0 + s1 + (s2 + s3);
}

/** The transpose of a matrix [rows, columns], row-major float64. */
export function transposed(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) out[j * rows + i] = matrix[at]!;
  return out;
}

/** One kind of array only: loops that meet several are compiled for the slowest. */
const doubles = (values: ArrayLike<number>): Float64Array => (values instanceof Float64Array ? values : new Float64Array(values));

function fourByTwo(a: Float64Array, b: Float64Array, out: Float64Array, i: number, j: number, n: number, k: number): void {
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  const a0 = i * k;
  const a1 = (i + 1) * k;
  const a2 = (i + 2) * k;
  const a3 = (i + 3) * k;
  const b0 = j * k;
  const b1 = (j + 1) * k;
  for (let p = 0; p < k; p++) {
    const x = b[b0 + p]!;
    const y = b[b1 + p]!;
    const u0 = a[a0 + p]!;
    const u1 = a[a1 + p]!;
    const u2 = a[a2 + p]!;
    const u3 = a[a3 + p]!;
    s00 += u0 * x;
    s01 += u0 * y;
    s10 += u1 * x;
    s11 += u1 * y;
    s20 += u2 * x;
    s21 += u2 * y;
    s30 += u3 * x;
    s31 += u3 * y;
  }
  const at = i * n + j;
  out[at] = s00;
  out[at + 1] = s01;
  out[at + n] = s10;
  out[at + n + 1] = s11;
  out[at + 2 * n] = s20;
  out[at + 2 * n + 1] = s21;
  out[at + 3 * n] = s30;
  out[at + 3 * n + 1] = s31;
}
