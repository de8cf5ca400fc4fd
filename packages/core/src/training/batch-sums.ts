import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Network, Variables } from '../contracts/index.js';
import { map } from '../transforms/index.js';
import { batchesOf } from './data-order.js';
import { countCorrect, crossEntropyOfRows } from './loss.js';
import type { Batch } from './training-step.js';

/** Sums over each batch, float32 [batches]: the counts are exact there, and the host adds them up in float64. */
export type BatchSums = { loss: Tensor; correct: Tensor };

/**
 * Cross entropy (in nats) and correct predictions of a network in evaluation mode, summed over each batch of at most `batch` rows, the smaller
 * last one at its own shape. For use inside a compiled function.
 */
export function batchSums(network: Network, variables: Variables, { inputs, labels }: Batch, batch: number): BatchSums {
  const of = (x: Tensor, y: Tensor): BatchSums => {
    const { logits } = network.apply(variables, x);
    return { loss: tf.sum(crossEntropyOfRows(logits, y)), correct: countCorrect(logits, y) };
  };
  const { full, rest } = batchesOf(inputs.shape[0]!, batch);
  const parts: BatchSums[] = [];
  if (full > 0) {
    const rows = (x: Tensor): Tensor => tf.reshape(rest === 0 ? x : tf.slice(x, 0, full * batch), [full, batch, ...x.shape.slice(1)]);
    parts.push(map(({ x, y }: { x: Tensor; y: Tensor }) => of(x, y), { x: rows(inputs), y: rows(labels) }));
  }
  if (rest > 0) {
    const { loss, correct } = of(tf.slice(inputs, full * batch), tf.slice(labels, full * batch));
    parts.push({ loss: tf.reshape(loss, [1]), correct: tf.reshape(correct, [1]) });
  }
  return { loss: tf.concat(parts.map(({ loss }) => loss)), correct: tf.concat(parts.map(({ correct }) => correct)) };
}
