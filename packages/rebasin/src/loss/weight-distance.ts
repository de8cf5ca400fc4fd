import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';

/** |a - b|^2 / |a|^2 over all parameters; inside `tf.tidy`. 0 for equal ones, 1 for b = 0. */
export function weightDistance(a: Tensors, b: Tensors): tf.Scalar {
  const square = (f: (name: string) => tf.Tensor): tf.Tensor => tf.addN(Object.keys(a).map((name) => tf.sum(tf.square(f(name)))));
  return tf.div(
    square((name) => tf.sub(a[name]!, b[name]!)),
    square((name) => a[name]!),
  );
}
