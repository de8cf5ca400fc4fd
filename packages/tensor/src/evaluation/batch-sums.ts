import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Network, Task, Variables } from '../contracts/index.js';
import { map } from '../transforms/index.js';
import { flatten, mapTree } from '../tree.js';
import type { TensorTree } from '../tree.js';
import { batchesOf } from './batches.js';
import { rowsPerPass, withGraph } from './examples.js';
import type { Examples } from './examples.js';
import { tasks } from './tasks.js';

/** Sums over rows: scalars of one batch, [batches] of many; the counts are exact in float32, and the host adds them up in float64. */
export type BatchSums = { loss: Tensor; correct: Tensor };

/** Rows per batch and the task. */
export interface BatchSumsOptions {
  /** Rows per batch at most. Networks on nodes take all rows at once. */
  readonly batch: number;
  /** Default `classification`. */
  readonly task?: Task | undefined;
}

/** Loss and right decisions of a network in evaluation mode, summed over all rows at once. For use inside a compiled function. */
export function rowSums(
  network: Network,
  variables: Variables,
  { inputs, labels, graph }: Examples,
  task: Task = 'classification',
): BatchSums {
  const { lossOfRows, countCorrect } = tasks[task];
  const { logits } = network.apply(variables, inputs, withGraph(graph));
  return { loss: tf.sum(lossOfRows(logits, labels)), correct: countCorrect(logits, labels) };
}

/** The same of each batch of at most `batch` rows, [batches]. */
export const batchSums = (network: Network, variables: Variables, examples: Examples, { batch, task }: BatchSumsOptions): BatchSums =>
  mapBatches(network, examples, batch, (part) => rowSums(network, variables, part, task));

/**
 * What `f` makes of each batch of at most `batch` rows, stacked along a new first axis; the smaller last batch comes at its own shape. For use inside a
 * compiled function.
 */
export function mapBatches<Y extends TensorTree>(network: Network, examples: Examples, batch: number, f: (part: Examples) => Y): Y {
  const { inputs, labels, ...around } = examples;
  const samples = inputs.shape[0]!;
  const rows = rowsPerPass(network, samples, batch);
  const { full, rest } = batchesOf(samples, rows);
  const parts: Y[] = [];
  if (full > 0) {
    const cut = (x: Tensor): Tensor => tf.reshape(rest === 0 ? x : tf.slice(x, 0, full * rows), [full, rows, ...x.shape.slice(1)]);
    const of = ({ x, y }: { x: Tensor; y: Tensor }): Y => f({ ...around, inputs: x, labels: y });
    parts.push(map(of, { x: cut(inputs), y: cut(labels) }));
  }
  if (rest > 0) {
    const last = f({ ...around, inputs: tf.slice(inputs, full * rows), labels: tf.slice(labels, full * rows) });
    parts.push(mapTree<Tensor, Tensor>(last, (leaf) => tf.expandDims(leaf, 0)) as Y);
  }
  const leaves = parts.map((part) => flatten<Tensor>(part).leaves);
  return mapTree<Tensor, Tensor>(parts[0]!, (_, i) =>
    leaves.length === 1 ? leaves[0]![i]! : tf.concat(leaves.map((each) => each[i]!)),
  ) as Y;
}
