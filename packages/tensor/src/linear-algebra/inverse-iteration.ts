import { demand } from '../errors.js';
import { keyFromSeed, uniform } from '../random/index.js';
import { innerProduct } from './products.js';
import type { Tridiagonal } from './tridiagonal.js';

const EPSILON = Number.EPSILON;
const MAX_STEPS = 8;

/**
 * Unit eigenvectors [values, n] of three diagonals for eigenvalues that are known to rounding, largest first. Each starts from random entries and is
 * solved against the shifted diagonals until it grows as much as a true eigenvector must (Wilkinson 1965; Jessup and Ipsen 1992), kept
 * orthogonal to those before it in a chain of values no further apart than a thousandth of the norm.
 * @throws BasinlabError where eight steps do not suffice, which only values that are not finite bring about
 */
export function inverseIteration({ diagonal, beside }: Pick<Tridiagonal, 'diagonal' | 'beside'>, values: Float64Array): Float64Array {
  const n = diagonal.length;
  const vectors = new Float64Array(values.length * n);
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(diagonal[i]!) + Math.abs(beside[i]!) + Math.abs(beside[i + 1] ?? 0));
  const unit = norm === 0 ? 1 : norm;
  const solver = shiftedSolver(diagonal, beside, EPSILON * unit);
  const starts = uniform(keyFromSeed(0), values.length * n, { min: -1, max: 1 });
  let cluster = 0;
  let shift = Infinity;
  for (let k = 0; k < values.length; k++) {
    if (k > 0 && values[k - 1]! - values[k]! > 1e-3 * norm) cluster = k;
    // Equal values need shifts that differ, or each would find the same vector.
    shift = k === cluster ? values[k]! : Math.min(values[k]!, shift - 2 * EPSILON * unit);
    solver.shiftBy(shift);
    const x = vectors.subarray(k * n, (k + 1) * n);
    x.set(starts.subarray(k * n, (k + 1) * n));
    normalize(x);
    let grown = false;
    for (let step = 0, after = 0; step < MAX_STEPS && after < 2; step++) {
      solver.solve(x);
      for (let before = cluster; before < k; before++) removeFrom(x, vectors, before * n);
      const growth = normalize(x);
      // One more step than is needed to reach a residual of rounding size makes the vector exact to rounding.
      if (growth * EPSILON * unit > 1e-3 / Math.sqrt(n)) after++;
      grown ||= after > 0;
    }
    for (let before = cluster; before < k; before++) removeFrom(x, vectors, before * n);
    const length = normalize(x);
    demand(grown && Number.isFinite(length), 'leadingEigen', 'finite values whose eigenvectors can be found', values[k]);
  }
  return vectors;
}

/** Solves (T - shift) x = b in place by elimination with row exchanges; pivots below `least` are replaced by it. */
function shiftedSolver(diagonal: Float64Array, beside: Float64Array, least: number) {
  const n = diagonal.length;
  // U has two diagonals above its own; `factor` and `exchanged` say how rows i and i + 1 were combined.
  const [pivot, above, second, factor] = Array.from({ length: 4 }, () => new Float64Array(n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const exchanged = new Uint8Array(n);
  return {
    shiftBy(shift: number): void {
      let current = diagonal[0]! - shift;
      let right = beside[1] ?? 0;
      for (let i = 0; i < n - 1; i++) {
        const below = beside[i + 1]!;
        const nextDiagonal = diagonal[i + 1]! - shift;
        const nextRight = beside[i + 2] ?? 0;
        if (Math.abs(current) >= Math.abs(below)) {
          exchanged[i] = 0;
          pivot[i] = Math.abs(current) < least ? least : current;
          above[i] = right;
          second[i] = 0;
          factor[i] = below / pivot[i]!;
          current = nextDiagonal - factor[i]! * right;
          right = nextRight;
        } else {
          exchanged[i] = 1;
          pivot[i] = below;
          above[i] = nextDiagonal;
          second[i] = nextRight;
          factor[i] = current / below;
          current = right - factor[i]! * nextDiagonal;
          right = -factor[i]! * nextRight;
        }
      }
      pivot[n - 1] = Math.abs(current) < least ? least : current;
    },
    solve(x: Float64Array): void {
      for (let i = 0; i < n - 1; i++) {
        if (exchanged[i] === 1) [x[i], x[i + 1]] = [x[i + 1]!, x[i]!];
        x[i + 1]! -= factor[i]! * x[i]!;
      }
      for (let i = n - 1; i >= 0; i--) {
        x[i] = (x[i]! - (i + 1 < n ? above[i]! * x[i + 1]! : 0) - (i + 2 < n ? second[i]! * x[i + 2]! : 0)) / pivot[i]!;
      }
    },
  };
}

function removeFrom(x: Float64Array, vectors: Float64Array, at: number): void {
  const amount = innerProduct(x, 0, vectors, at, x.length);
  for (let i = 0; i < x.length; i++) x[i]! -= amount * vectors[at + i]!;
}

/** Scales to length 1 and returns the length before. */
function normalize(x: Float64Array): number {
  let largest = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- an iterator makes an object of every number, thousands of times
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!));
  for (let i = 0; i < x.length; i++) x[i]! /= largest;
  const length = Math.sqrt(innerProduct(x, 0, x, 0, x.length));
  for (let i = 0; i < x.length; i++) x[i]! /= length;
  return largest * length;
}
