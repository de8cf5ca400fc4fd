import * as tf from '@tensorflow/tfjs-core';
import { demand, type Tensors } from '@basinlab/core';

/**
 * The weighted mean of some models, tensor by tensor: parameters, running statistics or both. `weights` need not sum to 1; default: all alike.
 * Fresh tensors; inside `tf.tidy` or disposed by the caller.
 */
export function meanOf(models: readonly Tensors[], weights: readonly number[] = models.map(() => 1)): Tensors {
  demand(models.length > 0 && models.length === weights.length, 'merge', 'one weight for each of at least one model', weights.length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  demand(total > 0, 'merge', 'weights of a positive sum', total);
  return tf.tidy(() =>
    Object.fromEntries(
      Object.keys(models[0]!).map((name) => [name, tf.addN(models.map((model, i) => tf.mul(model[name]!, weights[i]! / total)))]),
    ),
  );
}
