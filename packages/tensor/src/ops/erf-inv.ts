import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { kernelOr, withGradient } from './kernel.js';

/** Polynomials in w of Giles 2010 ("Approximating the erfinv function", single precision), highest power first. */
export const ERF_INV_CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
] as const;
/** Coefficients of the tail's polynomial, highest power first. */
export const ERF_INV_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
] as const;

/**
 * The inverse error function, element-wise: [-1, 1] -> [-inf, inf], float32 accuracy of about 3 ulp; NaN outside. Kernel `ErfInv`.
 * Normal samples are sqrt(2) erfInv(u) of uniform u in (-1, 1).
 */
export function erfInv(x: Tensor): Tensor {
  return withGradient(
    [x],
    (save) => {
      const y = kernelOr('ErfInv', { x }, {}, () => polynomial(x));
      save(y);
      return y;
    },
    (dy, [y]) => [tf.mul(dy, tf.mul(Math.sqrt(Math.PI) / 2, tf.exp(tf.square(y!))))],
  );
}

function polynomial(x: Tensor): Tensor {
  const w = tf.neg(tf.log1p(tf.neg(tf.square(x))));
  const central = horner(tf.sub(w, 2.5), ERF_INV_CENTRAL);
  const tail = horner(tf.sub(tf.sqrt(w), 3), ERF_INV_TAIL);
  const ends = tf.mul(x, Infinity);
  return tf.where(tf.equal(tf.abs(x), 1), ends, tf.mul(tf.where(tf.less(w, 5), central, tail), x));
}

function horner(w: Tensor, coefficients: readonly number[]): Tensor {
  return coefficients.slice(1).reduce<Tensor>((p, c) => tf.add(tf.mul(p, w), c), tf.fill(w.shape, coefficients[0]!));
}
