import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer, OptimizerState, Schedule, Tensors } from '../contracts/index.js';
import { parseOptions } from '../network/parse-options.js';
import { clipGradients, demandBounds } from './clip.js';
import type { ClipOptions } from './clip.js';

/** How parameters move: an optimizer and a schedule with their options, and the base learning rate. */
export interface UpdateRule {
  init(params: Tensors): OptimizerState;
  /** One update. `step` and `epoch` are int32 scalars that count from 0. */
  update(
    at: { step: Tensor; epoch: Tensor },
    params: Tensors,
    gradients: Tensors,
    state: OptimizerState,
  ): { params: Tensors; state: OptimizerState };
}

/** Optimizer, schedule and clipping of an update. */
export interface UpdateRuleDefinition<O, S> {
  optimizer: Optimizer<O>;
  optimizerOptions?: Partial<O>;
  schedule: Schedule<S>;
  scheduleOptions?: Partial<S>;
  learningRate: number;
  /** Bounds on the gradients before the optimizer sees them. Default: none. */
  clip?: ClipOptions | undefined;
}

/** Binds an optimizer and a schedule to their options. Throws a usage error where those are invalid. */
export function defineUpdateRule<O, S>({
  optimizer,
  optimizerOptions,
  schedule,
  scheduleOptions,
  learningRate,
  clip = {},
}: UpdateRuleDefinition<O, S>): UpdateRule {
  const options = parseOptions(optimizer.id, optimizer.options, optimizerOptions ?? {});
  const course = parseOptions(schedule.id, schedule.options, scheduleOptions ?? {});
  demandBounds(clip);
  return {
    init: (params) => optimizer.init(options, params),
    update({ step, epoch }, params, gradients, state) {
      const at = { step: tf.cast(step, 'float32'), epoch: tf.cast(epoch, 'float32') };
      const rate = tf.mul(schedule.factor(course, at), learningRate);
      return optimizer.update(options, { step: tf.add(at.step, 1), learningRate: rate }, params, clipGradients(clip, gradients), state);
    },
  };
}
