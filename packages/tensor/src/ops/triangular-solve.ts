import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { hostArray, hostValues, kernelOr, transposeMatrices, withGradient } from './kernel.js';
import { diagonalOnly, lowerTriangle, upperTriangle } from './triangle.js';

/** Which triangle holds the matrix, whether it is transposed, and whether its diagonal counts as ones. */
export interface TriangularSolveOptions {
  /** Which triangle of `a` is read; the other is ignored. Default true. */
  readonly lower?: boolean;
  /** Solve with the transpose of `a` instead. Default false. */
  readonly transpose?: boolean;
  /** Take the diagonal of `a` as ones without reading it. Default false. */
  readonly unitDiagonal?: boolean;
}

/**
 * Solves a x = b for x, where `a` [..., n, n] is triangular and `b` [..., n, m]; leading axes broadcast. A zero on the diagonal gives
 * infinities or NaN. Differentiable in both arguments. Kernel `TriangularSolve`.
 */
export function triangularSolve(a: Tensor, b: Tensor, options: TriangularSolveOptions = {}): Tensor {
  const { lower = true, transpose = false, unitDiagonal = false } = options;
  const n = a.shape[a.rank - 1];
  demand(a.rank >= 2 && a.shape[a.rank - 2] === n, 'triangularSolve', 'a of shape [..., n, n]', a.shape);
  demand(b.rank >= 2 && b.shape[b.rank - 2] === n, 'triangularSolve', `b of shape [..., ${n}, m]`, b.shape);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return solve(spread(a, batch), spread(b, batch), { lower, transpose, unitDiagonal });
}

const spread = (x: Tensor, batch: number[]): Tensor => {
  const shape = [...batch, ...x.shape.slice(-2)];
  return tf.util.arraysEqual(shape, x.shape) ? x : tf.broadcastTo(x, shape);
};

function solve(a: Tensor, b: Tensor, options: Required<TriangularSolveOptions>): Tensor {
  return withGradient(
    [a, b],
    (save) => {
      const x = kernelOr('TriangularSolve', { a, b }, { ...options }, () => substitute(a, b, options));
      save(a, x);
      return x;
    },
    (dx, saved) => {
      const [matrix, x] = saved as [Tensor, Tensor];
      const db = solve(matrix, dx, { ...options, transpose: !options.transpose });
      const outer = options.transpose ? tf.matMul(x, db, false, true) : tf.matMul(db, x, false, true);
      return [tf.neg(triangle(outer, options)), db];
    },
  );
}

/** The entries of `x` that a solve with these options reads; zero elsewhere. */
function triangle(x: Tensor, { lower, unitDiagonal }: Required<TriangularSolveOptions>): Tensor {
  const part = lower ? lowerTriangle(x) : upperTriangle(x);
  return unitDiagonal ? tf.sub(part, diagonalOnly(x)) : part;
}

function substitute(a: Tensor, b: Tensor, { lower, transpose, unitDiagonal }: Required<TriangularSolveOptions>): Tensor {
  const [n, m] = b.shape.slice(-2) as [number, number];
  const [matrix, right] = [hostValues(a), hostValues(b)];
  const x = hostArray('float32', b.size);
  const column = new Float64Array(n);
  const forward = lower !== transpose;
  for (let block = 0; block * n * m < b.size; block++) {
    const entry = (i: number, j: number): number => matrix[block * n * n + (transpose ? j * n + i : i * n + j)]!;
    for (let c = 0; c < m; c++) {
      for (let step = 0; step < n; step++) {
        const i = forward ? step : n - 1 - step;
        let sum = right[(block * n + i) * m + c]!;
        for (let j = forward ? 0 : i + 1; j < (forward ? i : n); j++) sum -= entry(i, j) * column[j]!;
        column[i] = unitDiagonal ? sum : sum / entry(i, i);
        x[(block * n + i) * m + c] = column[i]!;
      }
    }
  }
  return tf.tensor(x, b.shape, 'float32');
}

/** The gradient of a Cholesky factor and others need transposed right-hand solves: x a = b, as (a^T x^T = b^T). */
export function triangularSolveRight(a: Tensor, b: Tensor, options: TriangularSolveOptions = {}): Tensor {
  return transposeMatrices(triangularSolve(a, transposeMatrices(b), { ...options, transpose: !(options.transpose ?? false) }));
}
