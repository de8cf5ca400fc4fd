import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { dynamicSlice, jit, vmap, whileLoop } from '@basinlab/tensor';
import type { Jitted } from '@basinlab/tensor';
import { rowsOf } from '@basinlab/tensor/evaluation';
import type { Examples } from '@basinlab/tensor/evaluation';
import type { Tensors } from '../contracts/index.js';
import type { DataOrder } from './data-order.js';
import { trainingStep } from './training-step.js';
import type { ModelState, StepDefinition, StepKeys, StepPlace, Tally } from './training-step.js';

/** Between segments: the moving parts of one model, or of several stacked along a first axis. */
export type Progress = { model: ModelState; tally: Tally };

/** Where a segment runs: int32 scalars. `first` is the run's step at which the epoch began; `from` and `to` count within the epoch. */
export type SegmentBounds = { epoch: Tensor; first: Tensor; from: Tensor; to: Tensor };

/** What chance brings to one epoch of a model: the order of its data, and the keys of what is drawn in its steps. */
export type EpochDraws = DataOrder & { keys: StepKeys };

/** A compiled stretch of an epoch, see {@link compileEpoch}. */
export type EpochProgram = Jitted<
  (progress: Progress, constants: Tensors, data: Examples, draws: EpochDraws, bounds: SegmentBounds) => Progress
>;

/**
 * Steps `from` to `to` of an epoch as one compiled program over data that stay on the device. The full batches are one loop, the smaller last
 * batch another, which runs at most once: both have static shapes, and no row is padded. With `stacked` every tensor of the progress and of
 * the draws has a leading axis [models], and the models move together. The memory of the progress that goes in is taken over.
 */
export function compileEpoch(definition: StepDefinition, { batch, stacked }: { batch: number; stacked: boolean }): EpochProgram {
  const run = (progress: Progress, constants: Tensors, data: Examples, draws: EpochDraws, bounds: SegmentBounds): Progress => {
    const at = (i: Tensor): StepPlace => ({ step: tf.add(bounds.first, i), epoch: bounds.epoch });
    const stepOn = (rows: (order: DataOrder) => Tensor, i: Tensor, now: Progress): Progress => {
      const where = at(i);
      const one = (model: ModelState, tally: Tally, own: EpochDraws): Progress => {
        return trainingStep(definition, constants, model, tally, rowsOf(data, rows(own)), { ...where, ...own.keys });
      };
      return stacked ? vmap(one)(now.model, now.tally, draws) : one(now.model, now.tally, draws);
    };
    const stepsAxis = stacked ? 1 : 0;
    const full = draws.full.shape[stepsAxis]!;
    const rest = draws.rest.shape[stepsAxis]!;
    // A plain number would be float32, and with it the steps that are counted from there.
    const fullSteps = tf.scalar(full, 'int32');
    const until = tf.minimum(bounds.to, fullSteps);
    // Without a full batch there is no row to cut out, not even in a loop that never turns.
    const afterFull =
      full === 0 ? progress : loop(progress, bounds.from, until, (i, now) => stepOn((own) => rowAt(own.full, i, batch), i, now));
    if (rest === 0) return afterFull;
    return loop(afterFull, tf.maximum(bounds.from, fullSteps), bounds.to, (i, now) => stepOn((own) => own.rest, i, now));
  };
  return jit(run, { donate: [0], name: 'epoch' });
}

function loop(init: Progress, from: Tensor, to: Tensor, step: (i: Tensor, now: Progress) => Progress): Progress {
  return whileLoop(
    ({ i }) => tf.less(i, to),
    ({ i, now }) => ({ i: tf.add(i, tf.scalar(1, 'int32')), now: step(i, now) }),
    { i: from, now: init },
  ).now;
}

const rowAt = (rows: Tensor, i: Tensor, length: number): Tensor1D =>
  tf.reshape(dynamicSlice(rows, [i as Scalar, 0], [1, length]), [length]);
