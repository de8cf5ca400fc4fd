import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** `values[index]`, the last value from there on. Factors come from the host's doubles: a float32 power would lose digits. */
export function lookUp(values: readonly number[], index: Tensor): Tensor {
  const last = values.length - 1;
  return tf.gather(tf.tensor1d([...values]), tf.cast(tf.clipByValue(tf.cast(index, 'float32'), 0, last), 'int32'));
}
