import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { withGradient } from '../ops/kernel.js';

/** From so many classes on, of which texts have thousands, the logit of the label is read where it lies, and passes over all of them are counted. */
const MANY = 256;

/** Softmax cross entropy of every row: `logits` [rows, classes], `labels` [rows] int32 -> [rows], in nats; 0 and no gradient where the label is no class. */
export function crossEntropyOfRows(logits: Tensor, labels: Tensor): Tensor1D {
  if (logits.shape[1]! < MANY) return tf.neg(tf.sum(tf.mul(chosenOf(logits, labels), tf.logSoftmax(logits as Tensor2D)), -1));
  return withGradient(
    [logits],
    (save) => {
      save(logits, labels);
      const { largest, tail } = normalizer(logits);
      const logProbability = tf.sub(tf.sub(logitOfLabel(logits, labels), tf.squeeze(largest, [1])), tf.squeeze(tail, [1]));
      return tf.neg(tf.where(isClass(logits, labels), logProbability, tf.zerosLike(logProbability)));
    },
    // One pass over probabilities less the label, in place of one for each step back through a logarithm of softmax.
    (dy, [z, y]) => {
      const { largest, tail } = normalizer(z!);
      const probabilities = tf.exp(tf.sub(tf.sub(z!, largest), tail));
      const asked = tf.mul(dy, tf.cast(isClass(z!, y!), 'float32'));
      return [tf.mul(tf.reshape(asked, [-1, 1]), tf.sub(probabilities, chosenOf(z!, y!)))];
    },
  ) as Tensor1D;
}

/** Mean softmax cross entropy, in nats. */
export const crossEntropy = (logits: Tensor, labels: Tensor): Scalar => tf.mean(crossEntropyOfRows(logits, labels));

/** Number of rows whose largest logit is at the label (the first one where several are equal); float32 scalar. Of many classes none is the largest beside NaN. */
export function countCorrect(logits: Tensor, labels: Tensor): Scalar {
  if (logits.shape[1]! < MANY) return tf.sum(tf.cast(tf.equal(tf.argMax(logits, -1), labels), 'float32'));
  const places = tf.reshape(tf.range(0, logits.shape[1]!, 1, 'int32'), [1, -1]);
  const earlier = tf.where(tf.less(places, tf.reshape(labels, [-1, 1])), logits, tf.scalar(-Infinity));
  const own = logitOfLabel(logits, labels);
  // Numbers alone are compared: a search for the place of the largest goes through them one by one.
  const isFirst = tf.logicalAnd(
    tf.equal(own, tf.max(logits, -1)),
    tf.logicalOr(tf.less(tf.max(earlier, -1), own), tf.equal(labels, tf.scalar(0, 'int32'))),
  );
  return tf.sum(tf.cast(tf.logicalAnd(isFirst, isClass(logits, labels)), 'float32'));
}

/** 1 at the label of every row, [rows, classes] float32. */
// Not as float32 at once: the wasm backend then writes the bits of integers.
const chosenOf = (logits: Tensor, labels: Tensor): Tensor2D =>
  tf.cast(tf.oneHot(labels as Tensor1D, logits.shape[1]!), 'float32') as Tensor2D;

/** The largest logit of every row and log sum exp(z - largest), both [rows, 1]. */
function normalizer(logits: Tensor): { largest: Tensor; tail: Tensor } {
  const largest = tf.max(logits, -1, true);
  return { largest, tail: tf.log(tf.sum(tf.exp(tf.sub(logits, largest)), -1, true)) };
}

const isClass = (logits: Tensor, labels: Tensor): Tensor =>
  tf.logicalAnd(tf.greaterEqual(labels, tf.scalar(0, 'int32')), tf.less(labels, tf.scalar(logits.shape[1]!, 'int32')));

/** The logit of every row at its label, [rows]; the first one where the label is no class. */
function logitOfLabel(logits: Tensor, labels: Tensor): Tensor {
  const [rows, classes] = logits.shape as [number, number];
  const column = tf.where(isClass(logits, labels), labels, tf.zerosLike(labels));
  const at = tf.add(tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(classes, 'int32')), column);
  return tf.gather(tf.reshape(logits, [-1]), at as Tensor1D);
}
