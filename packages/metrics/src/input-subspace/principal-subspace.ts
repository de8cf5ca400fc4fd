import { demand } from '@basinlab/tensor';
import { leadingEigen } from '@basinlab/tensor/linear-algebra';
import { allFinite } from '../all-finite.js';
import type { InputMoments } from './input-moments.js';

/** The span of the principal directions in which the inputs of a layer vary. */
export interface PrincipalSubspace {
  /** Numbers in one input, d. */
  readonly inputs: number;
  /** Directions kept, k; 0 where the inputs do not vary. */
  readonly dimension: number;
  /** Orthonormal directions as rows, [k, d] row-major: the transpose of the paper's U. Signs: largest entry positive. */
  readonly directions: Float64Array;
  /** Share of the variance within the span, in [0, 1]; NaN where the inputs do not vary. */
  readonly explained: number;
  /** Variance along each of the d principal directions (divided by the rows), largest first. */
  readonly variances: Float64Array;
}

/**
 * The fewest principal directions that hold at least the share `explained`, in (0, 1], of the variance (arXiv 2606.04754). From the centred second
 * moments in float64 by a symmetric eigen-decomposition, which cannot fail to converge on finite values.
 * @throws BasinlabError without rows, for another share, and for inputs that are not finite
 */
export function principalSubspace({ rows, units, scatter }: InputMoments, explained = 0.9): PrincipalSubspace {
  demand(rows > 0, 'input-subspace', 'moments of at least one row', rows);
  demand(explained > 0 && explained <= 1, 'input-subspace', 'a share of variance in (0, 1]', explained);
  demand(allFinite(scatter), 'input-subspace', 'finite inputs', 'NaN or infinite second moments');
  let share = Number.NaN;
  const { values, vectors } = leadingEigen(scatter, units, (found) => {
    const positive = found.map((value) => Math.max(value, 0));
    const total = positive.reduce((sum, value) => sum + value, 0);
    if (total === 0) return 0;
    // Centred rows cannot span more directions than there are rows: where rounding keeps the sum below 1, all of those.
    const most = Math.min(rows, units);
    let [sum, count] = [0, 0];
    while (count < most && sum / total < explained) sum += positive[count++]!;
    share = Math.min(sum / total, 1);
    return count;
  });
  const dimension = vectors.length / Math.max(units, 1);
  return { inputs: units, dimension, directions: vectors, explained: share, variances: values.map((value) => Math.max(value, 0) / rows) };
}
