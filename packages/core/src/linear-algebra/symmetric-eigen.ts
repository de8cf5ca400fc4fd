/**
 * Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder reflections to three diagonals, then QL steps with implicit
 * shifts (Wilkinson and Reinsch, Handbook for Automatic Computation II, 1971). A 784 x 784 matrix takes a few seconds.
 */
import { BasinlabError, demand } from '../errors.js';

export interface SymmetricEigen {
  /** Largest first. */
  readonly values: Float64Array;
  /** Row i is the unit eigenvector of value i, [n, n] row-major; its largest entry by magnitude is positive. */
  readonly vectors: Float64Array;
}

const MAX_STEPS = 60;

/** Decomposes a symmetric matrix [n, n], row-major; only its lower triangle is read. */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): SymmetricEigen {
  const rows = lowerTriangleOf(matrix, n);
  const { diagonal, beside } = tridiagonalize(rows);
  diagonalize(diagonal, beside, rows);
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(oriented(rows[from]!), to * n));
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors };
}

/** Eigenvalues alone, largest first: a 1000 x 1000 matrix takes about a second. Only the lower triangle of `matrix` [n, n] is read. */
export function symmetricEigenvalues(matrix: ArrayLike<number>, n: number): Float64Array {
  const { diagonal, beside } = reflect(lowerTriangleOf(matrix, n));
  // Rows without entries: nothing to rotate.
  diagonalize(diagonal, beside, new Array<Float64Array>(n).fill(new Float64Array(0)));
  return diagonal.sort().reverse();
}

function lowerTriangleOf(matrix: ArrayLike<number>, n: number): Float64Array[] {
  demand(matrix.length === n * n, 'symmetricEigen', `${n * n} values`, matrix.length);
  return Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (__, j) => matrix[i < j ? j * n + i : i * n + j]!));
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i is between i - 1 and i. */
  readonly beside: Float64Array;
  /** Entry i is the vector v of the reflection I - v v^T that cleared row i; null where there was nothing to clear. */
  readonly reflectors: readonly (Float64Array | null)[];
}

/** Reduces a symmetric matrix to three diagonals; overwrites `rows`. */
function reflect(rows: Float64Array[]): Tridiagonal {
  const n = rows.length;
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const reflectors: (Float64Array | null)[] = new Array<null>(n).fill(null);
  for (let last = n - 1; last > 0; last--) {
    const vector = rows[last]!.slice(0, last);
    diagonal[last] = rows[last]![last]!;
    const norm = Math.sqrt(dot(vector, vector));
    if (norm === 0) continue;
    const end = vector[last - 1]!;
    beside[last] = end < 0 ? norm : -norm;
    vector[last - 1] = end - beside[last]!;
    const scale = Math.SQRT2 / Math.sqrt(dot(vector, vector));
    for (let i = 0; i < last; i++) vector[i]! *= scale;
    reflectors[last] = vector;
    // A' = (I - v v^T) A (I - v v^T) with v^T v = 2, as A - v q^T - q v^T.
    const product = Float64Array.from({ length: last }, (_, i) => dot(rows[i]!, vector));
    const half = dot(product, vector) / 2;
    for (let i = 0; i < last; i++) product[i]! -= half * vector[i]!;
    for (let i = 0; i < last; i++) {
      const row = rows[i]!;
      const [a, b] = [vector[i]!, product[i]!];
      for (let j = 0; j < last; j++) row[j]! -= a * product[j]! + b * vector[j]!;
    }
  }
  if (n > 0) diagonal[0] = rows[0]![0]!;
  return { diagonal, beside, reflectors };
}

/** The same, leaving the transposed transformation in `rows`. */
function tridiagonalize(rows: Float64Array[]): Tridiagonal {
  const n = rows.length;
  const reduced = reflect(rows);
  rows.forEach((row, i) => row.fill(0).fill(1, i, i + 1));
  for (let last = 1; last < n; last++) {
    const vector = reduced.reflectors[last];
    if (vector === null || vector === undefined) continue;
    // Row j of the transposed transformation has only entries below `last` so far.
    for (let j = 0; j < last; j++) {
      const row = rows[j]!;
      const amount = dot(vector, row);
      for (let i = 0; i < last; i++) row[i]! -= amount * vector[i]!;
    }
  }
  return reduced;
}

/** Turns three diagonals into one and applies the rotations to the rows. */
function diagonalize(diagonal: Float64Array, beside: Float64Array, rows: Float64Array[]): void {
  const n = diagonal.length;
  beside.copyWithin(0, 1);
  if (n > 0) beside[n - 1] = 0;
  for (let first = 0; first < n; first++) {
    for (let step = 0; ; step++) {
      let end = first;
      while (end < n - 1 && !negligible(beside[end]!, diagonal[end]!, diagonal[end + 1]!)) end++;
      if (end === first) break;
      if (step === MAX_STEPS) throw new BasinlabError('symmetricEigen', 'finite values', `no convergence in ${MAX_STEPS} steps`);
      qlStep(diagonal, beside, rows, first, end);
    }
  }
}

function qlStep(diagonal: Float64Array, beside: Float64Array, rows: Float64Array[], first: number, end: number): void {
  const quotient = (diagonal[first + 1]! - diagonal[first]!) / (2 * beside[first]!);
  const root = Math.hypot(quotient, 1);
  let shifted = diagonal[end]! - diagonal[first]! + beside[first]! / (quotient + (quotient < 0 ? -root : root));
  let [cosine, sine, carried] = [1, 1, 0];
  for (let i = end - 1; i >= first; i--) {
    const above = sine * beside[i]!;
    const across = cosine * beside[i]!;
    const length = Math.hypot(above, shifted);
    beside[i + 1] = length;
    if (length === 0) {
      diagonal[i + 1]! -= carried;
      beside[end] = 0;
      return;
    }
    sine = above / length;
    cosine = shifted / length;
    const base = diagonal[i + 1]! - carried;
    const turn = (diagonal[i]! - base) * sine + 2 * cosine * across;
    carried = sine * turn;
    diagonal[i + 1] = base + carried;
    shifted = cosine * turn - across;
    rotate(rows[i]!, rows[i + 1]!, cosine, sine);
  }
  diagonal[first]! -= carried;
  beside[first] = shifted;
  beside[end] = 0;
}

function rotate(a: Float64Array, b: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k]!, b[k]!];
    b[k] = sine * x + cosine * y;
    a[k] = cosine * x - sine * y;
  }
}

const negligible = (value: number, a: number, b: number): boolean => {
  const size = Math.abs(a) + Math.abs(b);
  return size + Math.abs(value) === size;
};

/** Products of the entries that both have. */
function dot(a: Float64Array, b: Float64Array): number {
  const length = Math.min(a.length, b.length);
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function oriented(vector: Float64Array): Float64Array {
  let largest = 0;
  for (let i = 1; i < vector.length; i++) if (Math.abs(vector[i]!) > Math.abs(vector[largest]!) + 1e-12) largest = i;
  return vector[largest]! < 0 ? vector.map((value) => -value) : vector;
}
