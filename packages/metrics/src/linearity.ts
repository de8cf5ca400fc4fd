/** Largest deviation of the middle accuracy that still counts as linear, in percentage points. */
export const LINEARITY_THRESHOLD = 0.5;

/**
 * Whether the middle of a path (index floor(n / 2)) lies less than `threshold` from the mean of its endpoints, in the unit of `values`
 * (percentage points by default). Paths of fewer than three points have no middle and count as linear. arXiv 2606.04754.
 */
export function isLinear(values: ArrayLike<number>, threshold = LINEARITY_THRESHOLD): boolean {
  if (values.length < 3) return true;
  const mean = (values[0]! + values[values.length - 1]!) / 2;
  return Math.abs(values[Math.floor(values.length / 2)]! - mean) < threshold;
}
