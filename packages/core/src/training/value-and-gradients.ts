import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, TensorContainer } from '@tensorflow/tfjs-core';
import { mapTree } from '@basinlab/tensor';
import type { TensorTree } from '@basinlab/tensor';
import '@basinlab/tensor/gradients';
import type { Tensors } from '../contracts/index.js';

/**
 * Value and gradients of `f` with respect to every entry of `params`, and whatever else `f` computes on the way (logits, running statistics).
 * Must run inside `tf.tidy` or a compiled function. Throws where the loss does not depend on a parameter.
 */
export function valueAndGradients<A extends TensorTree>(
  f: (params: Tensors) => { value: Scalar; aside: A },
  params: Tensors,
): { value: Scalar; gradients: Tensors; aside: A } {
  const names = Object.keys(params);
  let kept: A | undefined;
  const { value, grads } = tf.valueAndGrads((...values: Tensor[]) => {
    const result = f(Object.fromEntries(names.map((name, index) => [name, values[index]!])));
    // The gradient tape disposes what it made; clones that are kept outlive it.
    kept = mapTree<Tensor, Tensor>(result.aside, (leaf) => tf.keep(tf.clone(leaf))) as A;
    return result.value;
  })(names.map((name) => params[name]!));
  const aside = mapTree<Tensor, Tensor>(kept!, (leaf) => tf.clone(leaf)) as A;
  tf.dispose(kept as TensorContainer);
  return { value, gradients: Object.fromEntries(names.map((name, index) => [name, grads[index]!])), aside };
}
