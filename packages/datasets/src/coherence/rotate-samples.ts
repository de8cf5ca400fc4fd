/** a [n, n] times b [n, n], row-major float64. */
export function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = out.subarray(i * n, (i + 1) * n);
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < n; j++) row[j]! += factor * b[k * n + j]!;
    }
  }
  return out;
}

/**
 * The chosen samples after a linear map: float32 [rows, dimension] = matrix (scale * sample + offset), for samples [all, dimension] whose zeros
 * cost nothing; sums in float64.
 */
export function rotateSamples(
  matrix: Float64Array,
  samples: ArrayLike<number>,
  dimension: number,
  { rows, scale = 1, offset = 0 }: { rows?: Int32Array; scale?: number; offset?: number } = {},
): Float32Array {
  const columns = Array.from({ length: dimension }, (_, j) =>
    Float64Array.from({ length: dimension }, (_, i) => matrix[i * dimension + j]!),
  );
  const constant = new Float64Array(dimension);
  for (const column of columns) column.forEach((value, i) => (constant[i]! += offset * value));
  const count = rows?.length ?? samples.length / dimension;
  const out = new Float32Array(count * dimension);
  const sum = new Float64Array(dimension);
  for (let i = 0; i < count; i++) {
    const start = (rows?.[i] ?? i) * dimension;
    sum.set(constant);
    for (let j = 0; j < dimension; j++) {
      const value = samples[start + j]! * scale;
      if (value === 0) continue;
      const column = columns[j]!;
      for (let k = 0; k < dimension; k++) sum[k]! += value * column[k]!;
    }
    out.set(sum, i * dimension);
  }
  return out;
}
