import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** Softmax cross entropy of every row: `logits` [rows, classes], `labels` [rows] int32 -> [rows], in nats. */
export function crossEntropyOfRows(logits: Tensor, labels: Tensor): Tensor1D {
  // Not as float32 at once: the wasm backend then writes the bits of integers.
  const chosen = tf.cast(tf.oneHot(labels as Tensor1D, logits.shape[1]!), 'float32') as Tensor2D;
  return tf.neg(tf.sum(tf.mul(chosen, tf.logSoftmax(logits as Tensor2D)), -1));
}

/** Mean softmax cross entropy, in nats. */
export const crossEntropy = (logits: Tensor, labels: Tensor): Scalar => tf.mean(crossEntropyOfRows(logits, labels));

/** Number of rows whose largest logit is at the label (the first one where several are equal); float32 scalar. */
export const countCorrect = (logits: Tensor, labels: Tensor): Scalar => tf.sum(tf.cast(tf.equal(tf.argMax(logits, -1), labels), 'float32'));
