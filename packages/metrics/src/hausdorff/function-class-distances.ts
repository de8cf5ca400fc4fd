import { demand } from '@basinlab/tensor';
import { gramMatrices } from '../neurons/gram-matrices.js';
import type { NeuronLayer } from '../neurons/neuron-layer.js';
import { projectNeurons, type Basis } from '../neurons/projection.js';
import { ellipsoid, furthestPoint, nearestPoint, type Ellipsoid } from './ellipsoid.js';

/** How much weights may move, how functions are compared, and which pairs of neurons are. */
export interface FunctionClassOptions {
  /** Norm that a neuron's trained weights may have; finite and above 0. */
  readonly budget: number;
  /**
   * What the distance between two functions on the subspace is: of their coefficients in R^k (`coefficients`, the default), or the root mean square of
   * their difference over the centred inputs (`functions`).
   */
  readonly metric?: 'coefficients' | 'functions';
  /** Pairs to measure; default all. Work grows with pairs * dimension^2. */
  readonly pairs?: readonly (readonly [number, number])[];
}

/** Hausdorff distance between the functions that two neurons can compute. */
export interface FunctionClassDistance {
  readonly pair: readonly [number, number];
  /** The larger of the two below. */
  readonly distance: number;
  /** How far a function of the first neuron can be from all of the second's, and the reverse. */
  readonly directed: readonly [number, number];
}

const MAX_STEPS = 200;

/**
 * Hausdorff distances between what two neurons of a layer can compute with trained weights of at most the norm `budget`: the ellipsoids
 * {a : c_i(a) <= budget^2} = v_i + budget M_i (unit ball) in the coefficients of the inputs' span; in [0, Infinity). Without a budget the classes of arXiv
 * 2606.04754 are affine spaces, infinitely far apart unless parallel, and equal whenever every S_i has full rank.
 *
 * Where S_i = S_j (standard, syre) it is |v_i - v_j| exactly. Elsewhere it is the largest that alternating support points and projections find,
 * which only ever rise, from the directions between the centers and along the axes in which the two differ most: never above the true distance.
 */
export function functionClassDistances(
  layer: NeuronLayer,
  subspace: Basis & { readonly variances?: Float64Array },
  { budget, metric = 'coefficients', pairs }: FunctionClassOptions,
): FunctionClassDistance[] {
  demand(budget > 0 && Number.isFinite(budget), 'hausdorff', 'a finite budget above 0', budget);
  const { units, dimension, centers } = projectNeurons('hausdorff', layer, subspace);
  const weights = Float64Array.from({ length: dimension }, (_, k) => (metric === 'functions' ? Math.sqrt(variance(subspace, k)) : 1));
  const grams = layer.scale === undefined ? null : gramMatrices(layer, subspace);
  const known = new Map<number, Ellipsoid>();
  const classOf = (unit: number): Ellipsoid => {
    const found = known.get(unit);
    if (found !== undefined) return found;
    const gram = new Float64Array(dimension ** 2);
    for (let i = 0, at = 0; i < dimension; i++) {
      for (let j = 0; j < dimension; j++, at++) {
        const entry = grams === null ? (i === j ? 1 : 0) : grams[unit * dimension ** 2 + at]!;
        gram[at] = entry * weights[i]! * weights[j]!;
      }
    }
    const center = Float64Array.from(weights, (weight, k) => weight * centers[unit * dimension + k]!);
    const made = ellipsoid(center, gram, budget);
    known.set(unit, made);
    return made;
  };
  const chosen = pairs ?? Array.from({ length: units }, (_, i) => Array.from({ length: i }, (__, j) => [j, i] as const)).flat();
  return chosen.map(([i, j]) => {
    const inside = [i, j].every((unit) => Number.isInteger(unit) && unit >= 0 && unit < units);
    demand(inside, 'hausdorff', `pairs of units from 0 to ${units - 1}`, [i, j]);
    const [a, b] = [classOf(i), classOf(j)];
    const directed = grams === null || i === j ? ([gap(a, b), gap(a, b)] as const) : ([furthest(a, b), furthest(b, a)] as const);
    return { pair: [i, j], distance: Math.max(...directed), directed };
  });
}

function variance({ variances }: { readonly variances?: Float64Array }, k: number): number {
  const found = variances?.[k];
  demand(found !== undefined, 'hausdorff', 'variances of the subspace for the metric functions', 'none');
  return found;
}

const between = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);
const gap = (a: Ellipsoid, b: Ellipsoid): number => Math.hypot(...between(a.center, b.center));

/** sup over points of `a` of the distance to `b`, by ascent from several directions. */
function furthest(a: Ellipsoid, b: Ellipsoid): number {
  const n = a.center.length;
  const axis = ({ axes }: Ellipsoid, k: number, sign: number): Float64Array => axes.slice(k * n, (k + 1) * n).map((value) => sign * value);
  // The longest axes of a, and the shortest of b, are where a can stick out of b.
  const axesToTry = Array.from({ length: Math.min(2, n) }, (_, k) => k).flatMap((k) =>
    [1, -1].flatMap((sign) => [axis(a, k, sign), axis(b, n - 1 - k, sign)]),
  );
  return Math.max(...[between(a.center, b.center), ...axesToTry].map((start) => climb(a, b, start)));
}

function climb(a: Ellipsoid, b: Ellipsoid, start: Float64Array): number {
  let direction = start;
  let best = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    const from = furthestPoint(a, direction);
    direction = between(from, nearestPoint(b, from));
    const distance = Math.hypot(...direction);
    if (distance <= best * (1 + 1e-12)) return Math.max(distance, best);
    best = distance;
  }
  return best;
}
