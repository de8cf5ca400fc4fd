import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Network, OptimizerState, Tensors } from '../contracts/index.js';
import { countCorrect, crossEntropy } from './loss.js';
import type { Rule } from './rule.js';
import { valueAndGradients } from './value-and-gradients.js';

/** What training changes. Of a population every tensor has a leading axis [models, ...]. */
export type ModelState = { params: Tensors; state: Tensors; optimizer: OptimizerState };

/** Sums over the steps of an epoch so far; float32 scalars. */
export type Tally = {
  /** Of batch means. */
  loss: Tensor;
  correct: Tensor;
  /** First step (from 0, within the run) whose loss was not finite; -1 while there is none. */
  broken: Tensor;
};

export const emptyTally = (): Tally => ({ loss: tf.scalar(0), correct: tf.scalar(0), broken: tf.scalar(-1) });

export type Batch = { inputs: Tensor; labels: Tensor };

/** One step of one model on one batch; `step` and `epoch` are int32 scalars that count from 0. */
export function trainingStep(
  network: Network,
  rule: Rule,
  constants: Tensors,
  { params, state, optimizer }: ModelState,
  tally: Tally,
  { inputs, labels }: Batch,
  at: { step: Tensor; epoch: Tensor },
): { model: ModelState; tally: Tally } {
  const { value, gradients, aside } = valueAndGradients((trial) => {
    const { logits, state: after } = network.apply({ params: trial, constants, state }, inputs, { training: true });
    return { value: crossEntropy(logits, labels), aside: { logits, after } };
  }, params);
  const moved = rule.update(at, params, gradients, optimizer);
  const isBroken = tf.logicalAnd(tf.logicalNot(tf.isFinite(value)), tf.less(tally.broken, 0));
  return {
    model: { params: moved.params, state: aside.after, optimizer: moved.state },
    tally: {
      loss: tf.add(tally.loss, value),
      correct: tf.add(tally.correct, countCorrect(aside.logits, labels)),
      broken: tf.where(isBroken, tf.cast(at.step, 'float32'), tally.broken) as Scalar,
    },
  };
}
