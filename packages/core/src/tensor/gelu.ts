import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The Gaussian error linear unit, x Phi(x) = x (1 + erf(x / sqrt 2)) / 2, element-wise and exact (not the tanh approximation), with the
 * formula and therefore the rounding of `torch.nn.functional.gelu`. Hendrycks and Gimpel 2016.
 */
export function gelu(x: Tensor): Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}
