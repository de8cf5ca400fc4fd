import { demand } from '../errors.js';

/**
 * The factor Q of the reduced QR decomposition of a matrix [rows, columns], row-major: orthonormal columns that span the same space. By
 * Householder reflections in float64 with LAPACK's choice of signs, so that equal matrices give numpy's and PyTorch's Q up to rounding.
 */
export function orthonormalColumns(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array {
  demand(rows >= columns && columns > 0, 'orthonormalColumns', 'at least as many rows as columns', [rows, columns]);
  demand(matrix.length === rows * columns, 'orthonormalColumns', `${rows * columns} values`, matrix.length);
  // Columns one after the other: every inner loop runs along one of them.
  const work = Array.from({ length: columns }, (_, j) => Float64Array.from({ length: rows }, (_, i) => matrix[i * columns + j]!));
  const reflectors: { vector: Float64Array; factor: number }[] = [];
  for (let j = 0; j < columns; j++) {
    const vector = work[j]!.slice(j);
    const norm = Math.hypot(...vector.subarray(1), vector[0]!);
    // The sign that cannot cancel; a column of zeros needs no reflection.
    vector[0]! += vector[0]! < 0 ? -norm : norm;
    const length = dot(vector, vector, 0);
    const reflector = { vector, factor: length === 0 ? 0 : 2 / length };
    reflectors.push(reflector);
    for (let other = j + 1; other < columns; other++) reflect(work[other]!, reflector, j);
  }
  const out = new Float64Array(rows * columns);
  for (let j = 0; j < columns; j++) {
    const column = new Float64Array(rows);
    column[j] = 1;
    for (let at = columns - 1; at >= 0; at--) reflect(column, reflectors[at]!, at);
    for (let i = 0; i < rows; i++) out[i * columns + j] = column[i]!;
  }
  return out;
}

function reflect(column: Float64Array, { vector, factor }: { vector: Float64Array; factor: number }, from: number): void {
  const amount = factor * dot(vector, column, from);
  for (let i = 0; i < vector.length; i++) column[from + i]! -= amount * vector[i]!;
}

function dot(a: Float64Array, b: Float64Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[from + i]!;
  return sum;
}
