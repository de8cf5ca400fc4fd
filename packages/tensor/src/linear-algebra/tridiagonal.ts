import { innerProduct } from './products.js';

/** A symmetric matrix in a basis where only three diagonals are left. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i lies between i - 1 and i; entry 0 is 0. */
  readonly beside: Float64Array;
  /**
   * Reflector i, I - v v^T on the first i coordinates, is the first i entries of row i: v^T v = 2, or v = 0. An eigenvector y of the three
   * diagonals becomes one of the matrix by reflectors 1 to n - 1 in turn.
   */
  readonly reflectors: Float64Array;
}

/**
 * Reduces a symmetric matrix [n, n] (row-major; only the lower triangle is read, and all of it overwritten) by Householder reflections. The rank-two
 * update of one step and the product of the next share one pass over the triangle: memory is what limits it.
 */
export function tridiagonalize(matrix: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  let v = new Float64Array(n);
  let q = new Float64Array(n);
  let [next, product] = [new Float64Array(n), new Float64Array(n)];
  for (let last = n - 1; last > 0; last--) {
    const row = last * n;
    for (let j = 0; j <= last; j++) matrix[row + j]! -= v[last]! * q[j]! + q[last]! * v[j]!;
    diagonal[last] = matrix[row + last]!;
    beside[last] = reflect(matrix, row, last, next);
    product.fill(0, 0, last);
    const inFours = last - (last % 4);
    for (let i = 0; i < inFours; i += 4) updateFourAndMultiply(matrix, n, i, v, q, next, product);
    for (let i = inFours; i < last; i++) updateAndMultiply(matrix, i * n, 0, i, v, q, next, product);
    let half = 0;
    for (let i = 0; i < last; i++) half += product[i]! * next[i]!;
    half /= 2;
    for (let i = 0; i < last; i++) product[i]! -= half * next[i]!;
    [v, q, next, product] = [next, product, v, q];
  }
  if (n > 0) diagonal[0] = matrix[0]! - 2 * v[0]! * q[0]!;
  return { diagonal, beside, reflectors: matrix };
}

/** Turns the entries of a row before its diagonal into the reflector that leaves only the last of them, which is returned. */
function reflect(matrix: Float64Array, row: number, length: number, out: Float64Array): number {
  let squares = 0;
  for (let j = 0; j < length; j++) squares += matrix[row + j]! ** 2;
  const end = matrix[row + length - 1]!;
  const norm = Math.sqrt(squares);
  const beside = end < 0 ? norm : -norm;
  // |v|^2 before scaling; the sign of `beside` is the one that cannot cancel.
  const length2 = 2 * (squares - end * beside);
  const scale = length2 === 0 ? 0 : Math.SQRT2 / Math.sqrt(length2);
  matrix[row + length - 1] = end - beside;
  for (let j = 0; j < length; j++) {
    matrix[row + j]! *= scale;
    out[j] = matrix[row + j]!;
  }
  return beside;
}

/** Entries `from` to i of row i of A become those of A - v q^T - q v^T; their products with x go to `product`, on both sides of the diagonal. */
function updateAndMultiply(
  matrix: Float64Array,
  row: number,
  from: number,
  i: number,
  v: Float64Array,
  q: Float64Array,
  x: Float64Array,
  product: Float64Array,
): void {
  const vi = v[i]!;
  const qi = q[i]!;
  const xi = x[i]!;
  let sum = 0;
  for (let j = from; j < i; j++) {
    const value = matrix[row + j]! - vi * q[j]! - qi * v[j]!;
    matrix[row + j] = value;
    sum += value * x[j]!;
    product[j]! += value * xi;
  }
  const onDiagonal = matrix[row + i]! - 2 * vi * qi;
  matrix[row + i] = onDiagonal;
  product[i]! += sum + onDiagonal * xi;
}

/** The same for rows i to i + 3: what is read of the vectors serves four rows, and their sums do not wait for each other. */
function updateFourAndMultiply(
  matrix: Float64Array,
  n: number,
  i: number,
  v: Float64Array,
  q: Float64Array,
  x: Float64Array,
  product: Float64Array,
): void {
  const a = i * n;
  const b = (i + 1) * n;
  const c = (i + 2) * n;
  const d = (i + 3) * n;
  const va = v[i]!;
  const vb = v[i + 1]!;
  const vc = v[i + 2]!;
  const vd = v[i + 3]!;
  const qa = q[i]!;
  const qb = q[i + 1]!;
  const qc = q[i + 2]!;
  const qd = q[i + 3]!;
  const xa = x[i]!;
  const xb = x[i + 1]!;
  const xc = x[i + 2]!;
  const xd = x[i + 3]!;
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let j = 0; j < i; j++) {
    const vj = v[j]!;
    const qj = q[j]!;
    const xj = x[j]!;
    const valueA = matrix[a + j]! - va * qj - qa * vj;
    const valueB = matrix[b + j]! - vb * qj - qb * vj;
    const valueC = matrix[c + j]! - vc * qj - qc * vj;
    const valueD = matrix[d + j]! - vd * qj - qd * vj;
    matrix[a + j] = valueA;
    matrix[b + j] = valueB;
    matrix[c + j] = valueC;
    matrix[d + j] = valueD;
    sumA += valueA * xj;
    sumB += valueB * xj;
    sumC += valueC * xj;
    sumD += valueD * xj;
    product[j] = product[j]! + valueA * xa + valueB * xb + valueC * xc + valueD * xd;
  }
  product[i]! += sumA;
  product[i + 1]! += sumB;
  product[i + 2]! += sumC;
  product[i + 3]! += sumD;
  for (let row = i; row < i + 4; row++) updateAndMultiply(matrix, row * n, i, row, v, q, x, product);
}

/** Applies reflectors 1 to n - 1 in turn to each of `count` vectors [count, n]: from the basis of the three diagonals to that of the matrix. */
export function reflectBack({ reflectors }: Tridiagonal, vectors: Float64Array, count: number, n: number): void {
  const inFours = count - (count % 4);
  const paired = n - 1 - ((n - 1) % 2);
  for (let last = 1; last < paired; last += 2) {
    const common = innerProduct(reflectors, last * n, reflectors, (last + 1) * n, last);
    for (let at = 0; at < inFours; at += 4) reflectFourTwice(reflectors, n, last, common, vectors, at * n);
    for (let at = inFours; at < count; at++) {
      reflectOne(reflectors, last * n, last, vectors, at * n);
      reflectOne(reflectors, (last + 1) * n, last + 1, vectors, at * n);
    }
  }
  for (let last = paired + 1; last < n; last++) {
    for (let at = 0; at < count; at++) reflectOne(reflectors, last * n, last, vectors, at * n);
  }
}

function reflectOne(reflectors: Float64Array, row: number, length: number, vectors: Float64Array, at: number): void {
  let amount = 0;
  for (let j = 0; j < length; j++) amount += reflectors[row + j]! * vectors[at + j]!;
  for (let j = 0; j < length; j++) vectors[at + j]! -= amount * reflectors[row + j]!;
}

/**
 * Two reflectors, of length `length` and one more, on four vectors at once: what is read serves several products, and sums do not wait for each other.
 * `common` is the inner product of the two: y becomes y - s v - (t - s common) w with s = v.y and t = w.y.
 */
function reflectFourTwice(reflectors: Float64Array, n: number, length: number, common: number, vectors: Float64Array, a: number): void {
  const first = length * n;
  const second = (length + 1) * n;
  const b = a + n;
  const c = a + 2 * n;
  const d = a + 3 * n;
  let sA = 0;
  let sB = 0;
  let sC = 0;
  let sD = 0;
  let tA = 0;
  let tB = 0;
  let tC = 0;
  let tD = 0;
  for (let j = 0; j < length; j++) {
    const v = reflectors[first + j]!;
    const w = reflectors[second + j]!;
    const yA = vectors[a + j]!;
    const yB = vectors[b + j]!;
    const yC = vectors[c + j]!;
    const yD = vectors[d + j]!;
    sA += v * yA;
    sB += v * yB;
    sC += v * yC;
    sD += v * yD;
    tA += w * yA;
    tB += w * yB;
    tC += w * yC;
    tD += w * yD;
  }
  const end = reflectors[second + length]!;
  tA += end * vectors[a + length]! - sA * common;
  tB += end * vectors[b + length]! - sB * common;
  tC += end * vectors[c + length]! - sC * common;
  tD += end * vectors[d + length]! - sD * common;
  for (let j = 0; j < length; j++) {
    const v = reflectors[first + j]!;
    const w = reflectors[second + j]!;
    vectors[a + j] = vectors[a + j]! - sA * v - tA * w;
    vectors[b + j] = vectors[b + j]! - sB * v - tB * w;
    vectors[c + j] = vectors[c + j]! - sC * v - tC * w;
    vectors[d + j] = vectors[d + j]! - sD * v - tD * w;
  }
  vectors[a + length]! -= tA * end;
  vectors[b + length]! -= tB * end;
  vectors[c + length]! -= tC * end;
  vectors[d + length]! -= tD * end;
}
