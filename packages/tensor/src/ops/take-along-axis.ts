import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * `result[..., i, ...] = x[..., indices[..., i, ...], ...]` along `axis`; `indices` is int32 and has the shape of `x` except along that
 * axis. The values of a sort are `takeAlongAxis(x, argsort(x, axis), axis)`. Differentiable in `x`.
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis = -1): Tensor {
  const at = axis < 0 ? axis + x.rank : axis;
  const length = x.shape[at]!;
  // One gather on the flattened tensor: gradients of batched gathers are not available on every backend.
  const outer = x.shape.slice(0, at).reduce((a, b) => a * b, 1);
  const inner = x.shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const rows = tf.mul(tf.reshape(tf.range(0, outer, 1, 'int32'), [outer, 1, 1]), tf.scalar(length * inner, 'int32'));
  const columns = tf.reshape(tf.range(0, inner, 1, 'int32'), [1, 1, inner]);
  const picked = tf.mul(tf.reshape(indices, [outer, indices.shape[at]!, inner]), tf.scalar(inner, 'int32'));
  const flat = tf.reshape(tf.add(tf.add(picked, rows), columns), [-1]);
  return tf.reshape(tf.gather(tf.reshape(x, [-1]), flat), indices.shape);
}
