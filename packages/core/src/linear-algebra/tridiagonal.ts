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
    for (let i = 0; i < last; i++) updateAndMultiply(matrix, i * n, i, v, q, next, product);
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

/** Row i of A becomes A - v q^T - q v^T; its products with x go to `product`, on both sides of the diagonal. */
function updateAndMultiply(
  matrix: Float64Array,
  row: number,
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
  for (let j = 0; j < i; j++) {
    const value = matrix[row + j]! - vi * q[j]! - qi * v[j]!;
    matrix[row + j] = value;
    sum += value * x[j]!;
    product[j]! += value * xi;
  }
  const onDiagonal = matrix[row + i]! - 2 * vi * qi;
  matrix[row + i] = onDiagonal;
  product[i]! += sum + onDiagonal * xi;
}

/** Applies reflectors 1 to n - 1 in turn to each of `count` vectors [count, n]: from the basis of the three diagonals to that of the matrix. */
export function reflectBack({ reflectors }: Tridiagonal, vectors: Float64Array, count: number, n: number): void {
  const inFours = count - (count % 4);
  for (let last = 1; last < n; last++) {
    for (let at = 0; at < inFours; at += 4) reflectFour(reflectors, last * n, last, vectors, at * n, n);
    for (let at = inFours; at < count; at++) reflectOne(reflectors, last * n, last, vectors, at * n);
  }
}

function reflectOne(reflectors: Float64Array, row: number, length: number, vectors: Float64Array, at: number): void {
  let amount = 0;
  for (let j = 0; j < length; j++) amount += reflectors[row + j]! * vectors[at + j]!;
  for (let j = 0; j < length; j++) vectors[at + j]! -= amount * reflectors[row + j]!;
}

/** Four vectors at once: their sums do not wait for each other. */
function reflectFour(reflectors: Float64Array, row: number, length: number, vectors: Float64Array, a: number, n: number): void {
  const [b, c, d] = [a + n, a + 2 * n, a + 3 * n];
  let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
  for (let j = 0; j < length; j++) {
    const v = reflectors[row + j]!;
    sumA += v * vectors[a + j]!;
    sumB += v * vectors[b + j]!;
    sumC += v * vectors[c + j]!;
    sumD += v * vectors[d + j]!;
  }
  for (let j = 0; j < length; j++) {
    const v = reflectors[row + j]!;
    vectors[a + j]! -= sumA * v;
    vectors[b + j]! -= sumB * v;
    vectors[c + j]! -= sumC * v;
    vectors[d + j]! -= sumD * v;
  }
}
