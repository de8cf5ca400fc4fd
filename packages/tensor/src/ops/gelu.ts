import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The Gaussian error linear unit, x Phi(x) = x (1 + erf(x / sqrt 2)) / 2, element-wise and exact (not the tanh approximation), with the
 * formula and therefore the rounding of `torch.nn.functional.gelu`. Hendrycks and Gimpel 2016.
 */
export function gelu(x: Tensor): Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/**
 * The approximation of {@link gelu} that GPT-2 uses, element-wise: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2; within 5e-4 of it. Called
 * `gelu_new` in the transformers library.
 */
export function geluTanh(x: Tensor): Tensor {
  const inner = tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}
