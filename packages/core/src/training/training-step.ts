import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { taskLoss, tasks, withGraph } from '@basinlab/tensor/evaluation';
import type { Examples } from '@basinlab/tensor/evaluation';
import { device } from '@basinlab/tensor/random';
import type { LoadedDataset, Network, OptimizerState, Task, Tensors } from '../contracts/index.js';
import type { UpdateRule } from './update-rule.js';
import { valueAndGradients } from './value-and-gradients.js';

/** What training changes. Of a population every tensor has a leading axis [models, ...]. */
export type ModelState = { params: Tensors; state: Tensors; optimizer: OptimizerState };

/** Sums over the steps of an epoch so far; float32 scalars. */
export type Tally = {
  /** Of batch means; the task's, without what the architecture adds to it. */
  loss: Tensor;
  /** Right decisions; see `TaskFunctions`. */
  correct: Tensor;
  /** First step (from 0, within the run) whose loss was not finite; -1 while there is none. */
  broken: Tensor;
};

export const emptyTally = (): Tally => ({ loss: tf.scalar(0), correct: tf.scalar(0), broken: tf.scalar(-1) });

/** What every step of a run has in common. */
export interface StepDefinition {
  readonly network: Network;
  readonly updateRule: UpdateRule;
  readonly task: Task;
  /** Of the data set. Nodes are never changed: they are places, not values. */
  readonly augment?: LoadedDataset['augment'];
  /** Share of entries that dropout leaves out. Default: none. */
  readonly dropout?: number | undefined;
  /** Told the number of the network's outputs, while the program is compiled. */
  demandOutputs?(outputs: number): void;
}

/** Where a step is: int32 scalars that count from 0, and the model's keys for augmentation and dropout, int32 [2], where there are some. */
export type StepPlace = { step: Tensor; epoch: Tensor } & StepKeys;
/** Keys of what is drawn anew in every step. */
export type StepKeys = { augment?: Tensor; dropout?: Tensor };

/** One step of one model on one batch. The batch is augmented, and entries are dropped, with the model's keys folded with the step, so that a resumed run draws the same. */
export function trainingStep(
  { network, updateRule, task, augment, dropout, demandOutputs }: StepDefinition,
  constants: Tensors,
  { params, state, optimizer }: ModelState,
  tally: Tally,
  { graph, ...given }: Examples,
  at: StepPlace,
): { model: ModelState; tally: Tally } {
  const change = network.input === 'samples' ? augment : undefined;
  const batch = change === undefined || at.augment === undefined ? given : change(device.foldIn(at.augment, at.step), given);
  const left =
    dropout === undefined || at.dropout === undefined ? {} : { dropout: { rate: dropout, key: device.foldIn(at.dropout, at.step) } };
  const { value, gradients, aside } = valueAndGradients((trial) => {
    const settings = { training: true, ...left, ...withGraph(graph) };
    const { logits, state: after, penalty } = network.apply({ params: trial, constants, state }, batch.inputs, settings);
    const loss = taskLoss(task, logits, batch.labels);
    return { value: penalty === undefined ? loss : tf.add(loss, penalty), aside: { logits, after, loss } };
  }, params);
  // Not above: tensors that a gradient has saved would be lost by an error.
  demandOutputs?.(aside.logits.shape.at(-1)!);
  const moved = updateRule.update(at, params, gradients, optimizer);
  const isBroken = tf.logicalAnd(tf.logicalNot(tf.isFinite(value)), tf.less(tally.broken, 0));
  return {
    model: { params: moved.params, state: aside.after, optimizer: moved.state },
    tally: {
      loss: tf.add(tally.loss, aside.loss),
      correct: tf.add(tally.correct, tasks[task].countCorrect(aside.logits, batch.labels)),
      broken: tf.where(isBroken, tf.cast(at.step, 'float32'), tally.broken) as Scalar,
    },
  };
}
