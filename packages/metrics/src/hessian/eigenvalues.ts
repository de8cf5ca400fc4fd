import { demand } from '@basinlab/tensor';
import { symmetricEigen } from '@basinlab/tensor/linear-algebra';
import { normal, type Key } from '@basinlab/tensor/random';
import type { Hessian } from './hessian.js';
import { addScaled, dot, flatProduct, layoutOf } from './vectors.js';

/** How many eigenvalues, and when the iteration ends. */
export interface EigenvalueOptions {
  /** Determines the vector that the iteration starts from. */
  readonly key: Key;
  /** How many of the largest eigenvalues. Default 1. */
  readonly count?: number;
  /** Products with the Hessian at most; each keeps one vector of 8 bytes a parameter. Default 60. */
  readonly steps?: number;
  /** Stop once the wanted eigenvalues have residuals |H x - lambda x| below this share of the largest one by magnitude. Default 1e-4. */
  readonly tolerance?: number;
}

/** Both ends of a Hessian's spectrum. */
export interface ExtremeEigenvalues {
  /** The `count` largest, largest first; fewer where the iteration ends early, as it does with few different ones. */
  readonly largest: readonly number[];
  /** |H x - lambda x| of each, for a unit vector x: an eigenvalue lies within that distance. */
  readonly residuals: readonly number[];
  /** The smallest one, negative at a saddle; found along the way, often less exact. */
  readonly smallest: number;
  /** Products with the Hessian that it took. */
  readonly steps: number;
  /** Whether all wanted residuals are below the tolerance. */
  readonly converged: boolean;
}

/**
 * Largest eigenvalues of a Hessian by the Lanczos iteration: its products with a growing orthonormal basis, which is
 * orthogonalised in float64 against all of its vectors at every step. Products are float32, so eigenvalues are exact to about 1e-6 of the largest
 * by magnitude. Of several equal eigenvalues it may find one only. A Hessian of zeros has the eigenvalue 0.
 */
export async function hessianEigenvalues(
  hessian: Hessian,
  { key, count = 1, steps = 60, tolerance = 1e-4 }: EigenvalueOptions,
): Promise<ExtremeEigenvalues> {
  const { size } = layoutOf(hessian);
  demand(Number.isInteger(count) && count > 0, 'hessianEigenvalues', 'at least one eigenvalue', count);
  demand(Number.isInteger(steps) && steps >= count, 'hessianEigenvalues', `at least ${count} steps`, steps);
  demand(size > 0, 'hessianEigenvalues', 'at least one parameter', size);
  const basis = [unit(Float64Array.from(normal(key, size)))];
  const [diagonal, beside]: [number[], number[]] = [[], []];
  for (;;) {
    const last = basis.at(-1)!;
    const next = await flatProduct(hessian, last);
    diagonal.push(dot(next, last));
    // Twice is enough: the first pass removes the components, the second what its rounding left.
    for (let pass = 0; pass < 2; pass++) for (const vector of basis) addScaled(next, -dot(next, vector), vector);
    const rest = Math.sqrt(dot(next, next));
    const found = ritz(diagonal, beside, rest, count);
    const exhausted = rest <= 1e-6 * found.magnitude || basis.length === size;
    const converged =
      exhausted || (found.residuals.length === count && found.residuals.every((residual) => residual <= tolerance * found.magnitude));
    if (converged || basis.length === steps) {
      const { largest, residuals, smallest } = found;
      return { largest, residuals, smallest, steps: basis.length, converged };
    }
    beside.push(rest);
    basis.push(next.map((value) => value / rest));
  }
}

/** Eigenvalues of the Hessian within the basis, and how far they are from being its own. */
function ritz(diagonal: readonly number[], beside: readonly number[], rest: number, count: number) {
  const n = diagonal.length;
  const matrix = new Float64Array(n * n);
  diagonal.forEach((value, i) => (matrix[i * n + i] = value));
  beside.forEach((value, i) => (matrix[(i + 1) * n + i] = value));
  const { values, vectors } = symmetricEigen(matrix, n);
  const wanted = Math.min(count, n);
  return {
    largest: Array.from(values.subarray(0, wanted)),
    residuals: Array.from({ length: wanted }, (_, i) => Math.abs(rest * vectors[i * n + n - 1]!)),
    smallest: values[n - 1]!,
    magnitude: Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!)),
  };
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}
