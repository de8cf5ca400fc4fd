import { demand } from '@basinlab/core';
import { symmetricEigen } from '@basinlab/core/linear-algebra';

/** Principal axes of centred data. */
export interface PrincipalAxes {
  /** [dimension, dimension] float64: row i is the unit direction of the i-th largest variance, its largest entry positive. */
  readonly axes: Float64Array;
  /** Largest first, none negative. */
  readonly variances: Float64Array;
}

/**
 * Principal axes of samples [samples, dimension], from their second moments in float64. Zeros cost nothing: bytes of images go through exactly
 * and fast, and axes do not depend on a scale or an offset.
 */
export function principalAxes(samples: ArrayLike<number>, dimension: number): PrincipalAxes {
  const count = samples.length / dimension;
  demand(Number.isInteger(count) && count > 0, 'principalAxes', `samples of ${dimension} numbers`, samples.length);
  const sums = new Float64Array(dimension);
  const moments = new Float64Array(dimension ** 2);
  const at = new Int32Array(dimension);
  const values = new Float64Array(dimension);
  for (let sample = 0; sample < count; sample++) {
    let present = 0;
    for (let i = 0; i < dimension; i++) {
      const value = samples[sample * dimension + i]!;
      if (value === 0) continue;
      at[present] = i;
      values[present++] = value;
      sums[i]! += value;
    }
    for (let a = 0; a < present; a++) {
      const row = at[a]! * dimension;
      const value = values[a]!;
      for (let b = 0; b <= a; b++) moments[row + at[b]!]! += value * values[b]!;
    }
  }
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) moments[i * dimension + j] = moments[i * dimension + j]! / count - (sums[i]! / count) * (sums[j]! / count);
  }
  const { values: variances, vectors } = symmetricEigen(moments, dimension);
  return { axes: vectors, variances: variances.map((variance) => Math.max(variance, 0)) };
}

/** The least number of axes whose variances add up to at least the share `explained`, in (0, 1], of all. */
export function dimensionsExplaining(variances: ArrayLike<number>, explained: number): number {
  demand(explained > 0 && explained <= 1, 'dimensionsExplaining', 'a share in (0, 1]', explained);
  const all = Array.from(variances);
  const total = all.reduce((sum, variance) => sum + variance, 0);
  let sum = 0;
  const last = all.findIndex((variance) => (sum += variance) >= explained * total);
  return last < 0 ? all.length : last + 1;
}
