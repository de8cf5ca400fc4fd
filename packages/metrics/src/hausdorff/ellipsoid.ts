import { symmetricEigen } from '@basinlab/tensor/linear-algebra';

/** The points center + y with y = Q (radii * w), |w| <= 1: an ellipsoid with axes `axes` (rows, [k, k]), flat where a radius is 0. */
export interface Ellipsoid {
  readonly center: Float64Array;
  readonly axes: Float64Array;
  readonly radii: Float64Array;
}

/** The image of the ball of radius `budget` under a map M with M M^T = gram, moved to the center. */
export function ellipsoid(center: Float64Array, gram: Float64Array, budget: number): Ellipsoid {
  const { values, vectors } = symmetricEigen(gram, center.length);
  const least = center.length * Number.EPSILON * Math.max(values[0] ?? 0, 0);
  return { center, axes: vectors, radii: values.map((value) => (value > least ? budget * Math.sqrt(value) : 0)) };
}

/** The point of the ellipsoid that is furthest in a direction; its center for directions in which it is flat. */
export function furthestPoint({ center, axes, radii }: Ellipsoid, direction: Float64Array): Float64Array {
  const along = coordinates(axes, direction).map((value, i) => value * radii[i]!);
  const length = Math.hypot(...along);
  if (length === 0) return center.slice();
  return point(
    center,
    axes,
    along.map((value, i) => (value * radii[i]!) / length),
  );
}

/** The point of the ellipsoid that is nearest to `to`. */
export function nearestPoint({ center, axes, radii }: Ellipsoid, to: Float64Array): Float64Array {
  const y = coordinates(
    axes,
    to.map((value, i) => value - center[i]!),
  );
  const kept = y.map((value, i) => (radii[i] === 0 ? 0 : value));
  const outside = (multiplier: number): number =>
    kept.reduce((sum, value, i) => (radii[i] === 0 ? sum : sum + ((radii[i]! * value) / (radii[i]! ** 2 + multiplier)) ** 2), 0) - 1;
  if (outside(0) <= 0) return point(center, axes, kept);
  // The constraint falls from above 0 to -1 as its multiplier grows; this bound is beyond the root.
  let [low, high] = [0, Math.hypot(...kept) * Math.max(...radii)];
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = (low + high) / 2;
    if (outside(middle) > 0) low = middle;
    else high = middle;
  }
  return point(
    center,
    axes,
    kept.map((value, i) => (radii[i] === 0 ? 0 : (value * radii[i]! ** 2) / (radii[i]! ** 2 + high))),
  );
}

function coordinates(axes: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, axis) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += axes[axis * n + i]! * vector[i]!;
    return sum;
  });
}

function point(center: Float64Array, axes: Float64Array, coordinates: Float64Array): Float64Array {
  const out = center.slice();
  const n = center.length;
  for (let axis = 0; axis < n; axis++) for (let i = 0; i < n; i++) out[i]! += coordinates[axis]! * axes[axis * n + i]!;
  return out;
}
