import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { compiled } from '@basinlab/core';
import { multiplyTransposed, polarFactor, transposed } from '@basinlab/core/linear-algebra';

/** Widths from which products on the device are quicker than eigenvectors on the host. */
const WIDE = 128;
/** Steps in which singular values above the rounding of single precision come near 1, and those in which all of them come to 1. */
const STEPS = { grow: 14, settle: 6 } as const;
/** Largest entry by which columns of the device may miss being orthonormal for one step in double precision to mend it. */
const SETTLED = 1e-3;

/**
 * The orthogonal matrix nearest to `matrix` [width, width], row-major. Narrow ones by {@link polarFactor}; wide ones by odd polynomials of the matrix, which leave singular
 * vectors and bring singular values to 1 (Newton and Schulz; the first steps by Jordan's coefficients, which more than triple small ones), on the device and then once in float64.
 * Directions whose singular values are below 1e-7 of the largest, which products in single precision do not tell from 0, may be turned among themselves.
 */
export async function nearestRotation(matrix: Float64Array, width: number): Promise<Float64Array> {
  if (width < WIDE) return polarFactor(matrix, width).factor;
  const given = tf.tensor2d(Float32Array.from(matrix), [width, width]);
  const found = compiled(settled, { name: 'nearest-rotation' })(given);
  try {
    return polished(Float64Array.from(await found.data()), width) ?? polarFactor(matrix, width).factor;
  } finally {
    tf.dispose([given, found]);
  }
}

const settled = (matrix: Tensor2D): Tensor2D => {
  let x = tf.div(matrix, tf.norm(matrix)) as Tensor2D;
  for (let step = 0; step < STEPS.grow; step++) x = polynomial(x, 3.4445, -4.775, 2.0315);
  for (let step = 0; step < STEPS.settle; step++) x = polynomial(x, 15 / 8, -10 / 8, 3 / 8);
  return x;
};

/** a x + b (x x^T) x + c (x x^T)^2 x. */
function polynomial(x: Tensor2D, a: number, b: number, c: number): Tensor2D {
  const square = tf.matMul(x, x, false, true);
  const factor = tf.add(tf.mul(square, b), tf.mul(tf.matMul(square, square), c)) as Tensor2D;
  return tf.add(tf.mul(x, a), tf.matMul(factor, x));
}

/** x (3 - x^T x) / 2, or null where x is too far from orthogonal for that to be enough. */
function polished(x: Float64Array, width: number): Float64Array | null {
  const columns = transposed(x, width, width);
  const correction = multiplyTransposed(columns, columns, width, width, width);
  for (let at = 0; at < correction.length; at++) {
    const miss = correction[at]! - (at % (width + 1) === 0 ? 1 : 0);
    if (!(Math.abs(miss) < SETTLED)) return null;
    correction[at] = (at % (width + 1) === 0 ? 1 : 0) - miss / 2;
  }
  return multiplyTransposed(x, correction, width, width, width);
}
