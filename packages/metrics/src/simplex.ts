import { demand } from '@basinlab/tensor';

/** Weights of one point between models, each at least 0, together 1. */
export type Barycentric = readonly number[];

/**
 * Every point of the simplex of `models` models whose weights are multiples of 1 / divisions, in lexicographic order: binomial(divisions + models - 1,
 * models - 1) points, the corners (the models themselves) among them.
 * @throws BasinlabError where there is no model or no division
 */
export function simplexGrid(models: number, divisions: number): Barycentric[] {
  demand(Number.isInteger(models) && models > 0, 'simplexGrid', 'a whole number of models above 0', models);
  demand(Number.isInteger(divisions) && divisions > 0, 'simplexGrid', 'a whole number of divisions above 0', divisions);
  const fill = (left: number, count: number): number[][] =>
    count === 1
      ? [[left]]
      : Array.from({ length: left + 1 }, (_, first) => fill(left - first, count - 1).map((rest) => [first, ...rest])).flat();
  return fill(divisions, models).map((parts) => parts.map((part) => part / divisions));
}

/** The point in the middle of all models. */
export const simplexMidpoint = (models: number): Barycentric => Array.from({ length: models }, () => 1 / models);

/**
 * Barrier of several models at once: the greatest excess of the loss over the same mixture of the models' own losses, sup_w L(sum_i w_i theta_i) -
 * sum_i w_i L(theta_i); at least 0, as the models are in the simplex. For two models the loss barrier. arXiv 2506.22712.
 * @param corners the models' own losses
 * @throws BasinlabError where points and losses do not go together
 */
export function simplexBarrier(points: readonly Barycentric[], losses: ArrayLike<number>, corners: ArrayLike<number>): number {
  demand(points.length === losses.length, 'simplexBarrier', `one loss for each of ${points.length} points`, losses.length);
  let largest = 0;
  points.forEach((weights, at) => {
    demand(weights.length === corners.length, 'simplexBarrier', `${corners.length} weights per point`, weights.length);
    const chord = weights.reduce((sum, weight, model) => sum + weight * corners[model]!, 0);
    // Math.max, because NaN must not look like a flat simplex.
    largest = Math.max(largest, losses[at]! - chord);
  });
  return largest;
}
