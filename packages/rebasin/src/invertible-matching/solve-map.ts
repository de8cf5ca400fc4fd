import { multiplyTransposed, symmetricEigen, transposed } from '@basinlab/core/linear-algebra';

/** What units have in two models, row-major [units, width] each: `values` that a map M moves by M, and weights that `reads` them, which it moves by its inverse transposed. */
export interface MapSides {
  readonly units: number;
  readonly values: { readonly a: Float64Array; readonly b: Float64Array };
  readonly reads: { readonly a: Float64Array; readonly b: Float64Array };
}

/** Sums of squares under this share of the largest do not determine a map. */
const NEGLIGIBLE = 1e-10;

/**
 * The map M [units, units] that brings `b` closest to `a`: least |A_v - M B_v|^2 + |M^T A_r - B_r|^2, the reads the other way round, so that both are linear in M. That is the Sylvester equation
 * (A_r A_r^T) M + M (B_v B_v^T) = A_v B_v^T + A_r B_r^T, in closed form by the eigenvectors of its two sides. Where the weights say nothing, M stays at the identity.
 */
export function solveMap({ units: n, values, reads }: MapSides): Float64Array<ArrayBuffer> {
  const product = (x: Float64Array, y: Float64Array): Float64Array => multiplyTransposed(x, y, n, n, x.length / n);
  const [left, right] = [product(reads.a, reads.a), product(values.b, values.b)];
  const [ofValues, ofReads] = [product(values.a, values.b), product(reads.a, reads.b)];
  // Of the difference to the identity: what is not determined is 0 there.
  const wanted = ofValues.map((value, at) => value + ofReads[at]! - left[at]! - right[at]!);
  return plusIdentity(solveSylvester(left, right, wanted, n), n, 1);
}

/**
 * The step D of Gauss and Newton from the identity on the distance |A_v - M B_v|^2 + |A_r - M^-T B_r|^2 itself, [units, units]: a short enough way along it brings `b` closer to `a`, where
 * anything does. Solves (B_r B_r^T) D + D (B_v B_v^T) = (A_v - B_v) B_v^T - B_r (A_r - B_r)^T.
 */
export function mapStep({ units: n, values, reads }: MapSides): Float64Array {
  const product = (x: Float64Array, y: Float64Array): Float64Array => multiplyTransposed(x, y, n, n, x.length / n);
  const less = ({ a, b }: MapSides['values']): Float64Array => a.map((value, at) => value - b[at]!);
  const ofReads = product(reads.b, less(reads));
  const wanted = product(less(values), values.b).map((value, at) => value - ofReads[at]!);
  return solveSylvester(product(reads.b, reads.b), product(values.b, values.b), wanted, n);
}

/** I + share of D, [n, n]. */
export const plusIdentity = (difference: Float64Array, n: number, share: number): Float64Array<ArrayBuffer> =>
  Float64Array.from(difference, (value, at) => share * value + (at % (n + 1) === 0 ? 1 : 0));

/** The least X with P X + X Q = C, both symmetric without negative eigenvalues, [n, n] each. What they do not determine is 0. */
function solveSylvester(p: Float64Array, q: Float64Array, c: Float64Array, n: number): Float64Array {
  const [u, v] = [symmetricEigen(p, n), symmetricEigen(q, n)];
  const times = (x: Float64Array, y: Float64Array): Float64Array => multiplyTransposed(x, transposed(y, n, n), n, n, n);
  // Rows of `vectors` are eigenvectors: U^T C V.
  const turned = times(times(u.vectors, c), transposed(v.vectors, n, n));
  const most = Math.max(0, ...u.values) + Math.max(0, ...v.values);
  const solved = turned.map((value, at) => {
    const sum = u.values[Math.floor(at / n)]! + v.values[at % n]!;
    return sum > NEGLIGIBLE * most ? value / sum : 0;
  });
  return times(times(transposed(u.vectors, n, n), solved), v.vectors);
}
