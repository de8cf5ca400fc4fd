import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Network, Task, Variables } from '../contracts/index.js';
import { map } from '../transforms/index.js';
import { batchesOf } from './data-order.js';
import { rowsPerPass, withGraph } from './examples.js';
import type { Examples } from './examples.js';
import { tasks } from './tasks.js';

/** Sums over each batch, float32 [batches]: the counts are exact there, and the host adds them up in float64. */
export type BatchSums = { loss: Tensor; correct: Tensor };

export interface BatchSumsOptions {
  /** Rows per batch at most. Networks on nodes take all rows at once. */
  readonly batch: number;
  /** Default `classification`. */
  readonly task?: Task | undefined;
}

/**
 * Losses and right decisions of a network in evaluation mode, summed over each batch of at most `batch` rows, the smaller last one at its own
 * shape. For use inside a compiled function.
 */
export function batchSums(
  network: Network,
  variables: Variables,
  { inputs, labels, graph }: Examples,
  { batch, task = 'classification' }: BatchSumsOptions,
): BatchSums {
  const { lossOfRows, countCorrect } = tasks[task];
  const of = (x: Tensor, y: Tensor): BatchSums => {
    const { logits } = network.apply(variables, x, withGraph(graph));
    return { loss: tf.sum(lossOfRows(logits, y)), correct: countCorrect(logits, y) };
  };
  const rows = rowsPerPass(network, inputs.shape[0]!, batch);
  const { full, rest } = batchesOf(inputs.shape[0]!, rows);
  const parts: BatchSums[] = [];
  if (full > 0) {
    const cut = (x: Tensor): Tensor => tf.reshape(rest === 0 ? x : tf.slice(x, 0, full * rows), [full, rows, ...x.shape.slice(1)]);
    parts.push(map(({ x, y }: { x: Tensor; y: Tensor }) => of(x, y), { x: cut(inputs), y: cut(labels) }));
  }
  if (rest > 0) {
    const { loss, correct } = of(tf.slice(inputs, full * rows), tf.slice(labels, full * rows));
    parts.push({ loss: tf.reshape(loss, [1]), correct: tf.reshape(correct, [1]) });
  }
  return { loss: tf.concat(parts.map(({ loss }) => loss)), correct: tf.concat(parts.map(({ correct }) => correct)) };
}
