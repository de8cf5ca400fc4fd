import * as tf from '@tensorflow/tfjs-core';

/** `x` with an axis first and all others as one, [units, everything else]. */
export function unitsFirst(x: tf.Tensor, axis: number): tf.Tensor2D {
  const order = [axis, ...Array.from(x.shape.keys()).filter((at) => at !== axis)];
  return tf.reshape(tf.transpose(x, order), [x.shape[axis]!, -1]);
}
