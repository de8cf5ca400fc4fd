import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';

/**
 * Takes the mean over experts from the rows of every router: one vector added to all of them changes all scores of a token alike, and no softmax of them, whichever experts are active. The same
 * function, and of all routers that differ by such a vector the one of least norm, so that two of them can be compared. Matching needs no centring: a vector in all rows is worth the same
 * to every pair of experts. arXiv 2509.11348.
 * @returns new tensors
 */
export function centreRouters(params: Tensors): Tensors {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(params).map(([name, tensor]) => {
        const isRouter = name.endsWith('.router.weight');
        return [name, isRouter ? tf.sub(tensor, tf.mean(tensor, 0, true)) : tf.clone(tensor)];
      }),
    ),
  );
}
