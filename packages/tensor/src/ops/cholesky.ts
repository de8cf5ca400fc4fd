import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { hostArray, hostValues, kernelOr, transposeMatrices, withGradient } from './kernel.js';
import { diagonalOnly, lowerTriangle } from './triangle.js';
import { triangularSolve, triangularSolveRight } from './triangular-solve.js';

/**
 * The lower Cholesky factor L of symmetric positive definite matrices, L L^T = x, with zeros above the diagonal; `x` [..., n, n]. Only the
 * lower triangle of `x` is read; its gradient is that of a symmetric matrix. A matrix that is not positive definite gives NaN throughout.
 * Kernel `Cholesky`.
 */
export function cholesky(x: Tensor): Tensor {
  demand(x.rank >= 2 && x.shape[x.rank - 1] === x.shape[x.rank - 2], 'cholesky', 'a tensor of shape [..., n, n]', x.shape);
  return withGradient(
    [x],
    (save) => {
      const factor = kernelOr('Cholesky', { x }, {}, () => factorize(x));
      save(factor);
      return factor;
    },
    (dL, [factor]) => [gradient(factor!, dL)],
  );
}

// Murray 2016 (arXiv 1602.07527), eq. 10: L^-T Phi(L^T dL) L^-1, made symmetric; Phi keeps the lower triangle and halves its diagonal.
function gradient(factor: Tensor, dFactor: Tensor): Tensor {
  const product = tf.matMul(factor, dFactor, true, false);
  const phi = tf.sub(lowerTriangle(product), tf.mul(diagonalOnly(product), 0.5));
  const half = triangularSolveRight(factor, triangularSolve(factor, phi, { transpose: true }));
  return tf.mul(tf.add(half, transposeMatrices(half)), 0.5);
}

function factorize(x: Tensor): Tensor {
  const n = x.shape[x.rank - 1]!;
  const source = hostValues(x);
  const result = hostArray('float32', x.size);
  const factor = new Float64Array(n * n);
  for (let at = 0; at < x.size; at += n * n) {
    factor.fill(0);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = source[at + i * n + j]!;
        for (let k = 0; k < j; k++) sum -= factor[i * n + k]! * factor[j * n + k]!;
        factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / factor[j * n + j]!;
      }
    }
    const definite = Array.from({ length: n }, (_, i) => factor[i * n + i]!).every((d) => d > 0);
    if (definite) result.set(factor, at);
    else result.fill(NaN, at, at + n * n);
  }
  return tf.tensor(result, x.shape, 'float32');
}
