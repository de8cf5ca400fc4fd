import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/tensor';
import type { Tensors } from '../contracts/index.js';

/** Bounds on gradients; with both, values are clipped first and the norm of what is left then. */
export interface ClipOptions {
  /** Largest norm of all gradients of a model taken together, above 0. */
  norm?: number | undefined;
  /** Largest absolute value of each entry, above 0. */
  value?: number | undefined;
}

// Added to the norm, as torch does: at exactly the bound gradients still shrink by 1e-6 of it.
const floor = 1e-6;

/**
 * Gradients within bounds: each entry in [-value, value], then all of them times min(1, norm / (N + 1e-6)), N their common Euclidean norm.
 * The same as torch's `clip_grad_value_` and `clip_grad_norm_`. Pascanu et al. 2013.
 */
export function clipGradients({ norm, value }: ClipOptions, gradients: Tensors): Tensors {
  const bounded = value === undefined ? gradients : each(gradients, (g) => tf.clipByValue(g, -value, value));
  if (norm === undefined) return bounded;
  const factor = tf.minimum(tf.div(norm, tf.add(globalNorm(bounded), floor)), 1);
  return each(bounded, (g) => tf.mul(g, factor));
}

/** Throws where a bound is not above 0. */
export function demandBounds({ norm, value }: ClipOptions): void {
  for (const [name, bound] of Object.entries({ norm, value }))
    demand(bound === undefined || bound > 0, `clip.${name}`, 'a bound above 0', bound);
}

/** Euclidean norm of all entries of all tensors, a scalar; 0 without tensors. */
export const globalNorm = (tensors: Tensors): Tensor =>
  tf.sqrt(Object.values(tensors).reduce<Tensor>((sum, x) => tf.add(sum, tf.sum(tf.square(x))), tf.scalar(0)));

const each = (tensors: Tensors, f: (x: Tensor) => Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, f(x)]));
