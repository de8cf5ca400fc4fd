import { demand } from '../errors.js';
import { innerProduct, multiplyTransposed, transposed } from './products.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** The orthogonal matrix nearest to a square one. */
export interface PolarFactor {
  /** U V^T where U S V^T is the singular value decomposition; [n, n] row-major. */
  readonly factor: Float64Array;
  /** Largest first. */
  readonly singularValues: Float64Array;
  /** V^T: row i is the right singular vector of value i; [n, n] row-major. */
  readonly right: Float64Array;
}

/** Singular values below this share of the largest, which squaring loses in rounding, leave their left vectors open. */
const SMALLEST = 1e-7;
/** Above this share, images of right vectors are orthogonal as they are: what squaring leaves is 1e-16 over the square of it. */
const ORTHOGONAL = 1e-2;

/**
 * The orthogonal factor of the polar decomposition of `matrix` [n, n], row-major, in float64: of all orthogonal Q the one of greatest trace of Q^T matrix
 * (the orthogonal Procrustes problem; reflections allowed). From the eigenvectors of matrix^T matrix; where that is singular, the factor is not unique and
 * one of them is given. Schönemann 1966.
 */
export function polarFactor(matrix: Float64Array, n: number): PolarFactor {
  demand(matrix.length === n * n, 'polarFactor', `${n * n} numbers`, matrix.length);
  demand(
    matrix.every(Number.isFinite),
    'polarFactor',
    'finite numbers',
    matrix.find((value) => !Number.isFinite(value)),
  );
  const columns = transposed(matrix, n, n);
  const { vectors } = symmetricEigen(multiplyTransposed(columns, columns, n, n, n), n);
  // Row i: the matrix times right vector i.
  const images = multiplyTransposed(vectors, matrix, n, n, n);
  const singularValues = new Float64Array(n);
  const left: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    const image = images.subarray(i * n, (i + 1) * n);
    // Of the image: the root of an eigenvalue near 0 would be that of its rounding.
    const value = (singularValues[i] = Math.sqrt(dot(image, image)));
    const share = value / singularValues[0]!;
    if (!(share > SMALLEST)) left.push(perpendicular(left, n));
    else left.push(unit(share > ORTHOGONAL ? image : against(image, left)));
  }
  const lefts = new Float64Array(n * n);
  left.forEach((u, i) => lefts.set(u, i * n));
  const factor = multiplyTransposed(transposed(lefts, n, n), transposed(vectors, n, n), n, n, n);
  return { factor, singularValues, right: vectors };
}

const dot = (a: Float64Array, b: Float64Array): number => innerProduct(a, 0, b, 0, a.length);

/** What is left of a vector beside others, which are orthonormal; twice, against rounding. */
function against(vector: Float64Array, others: readonly Float64Array[]): Float64Array {
  for (let turn = 0; turn < 2; turn++)
    for (const other of others) {
      const along = dot(vector, other);
      for (let i = 0; i < vector.length; i++) vector[i]! -= along * other[i]!;
    }
  return vector;
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

/** A unit vector orthogonal to others: what is left of the axis that they cover least. */
function perpendicular(others: readonly Float64Array[], n: number): Float64Array {
  const covered = Array.from({ length: n }, (_, axis) => others.reduce((sum, other) => sum + other[axis]! ** 2, 0));
  const vector = new Float64Array(n);
  vector[covered.indexOf(Math.min(...covered))] = 1;
  return unit(against(vector, others));
}
