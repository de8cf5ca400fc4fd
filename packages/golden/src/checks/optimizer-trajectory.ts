import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import { adamw, constant, crossEntropy, defineUpdateRule, sgd, valueAndGradients } from '@basinlab/core/training';
import type { UpdateRule } from '@basinlab/core/training';
import { toReferenceName } from '@basinlab/models-asymmetric';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { hostValues, referenceMlp, renamed } from './reference-mlp.js';

const settings = z.object({ lr: z.number(), weight_decay: z.number() });
const adamSettings = z.object({ beta1: z.number(), beta2: z.number(), eps: z.number() });
const sgdSettings = z.object({ momentum: z.number() });

/** Every parameter after each of a few training steps, the losses, the moments and running statistics at the end. */
export const optimizerTrajectoryCheck: GoldenCheck = {
  kinds: ['adamw_trajectory', 'sgd_trajectory'],
  compute: (fixture) => hostValues(() => trajectory(fixture, updateRuleOf(fixture))),
};

function updateRuleOf({ kind, parameters }: GoldenFixture): UpdateRule {
  const { lr: learningRate, weight_decay: weightDecay } = settings.parse(parameters);
  if (kind === 'sgd_trajectory') {
    const { momentum } = sgdSettings.parse(parameters);
    return defineUpdateRule({ optimizer: sgd, optimizerOptions: { momentum, weightDecay }, schedule: constant, learningRate });
  }
  const { beta1, beta2, eps: epsilon } = adamSettings.parse(parameters);
  return defineUpdateRule({ optimizer: adamw, optimizerOptions: { beta1, beta2, epsilon, weightDecay }, schedule: constant, learningRate });
}

/** The reference's names of what optimizers keep. */
const slots: Readonly<Record<string, string>> = { m: 'exp_avg', v: 'exp_avg_sq' };

function trajectory(fixture: GoldenFixture, updateRule: UpdateRule): Tensors {
  const { network, variables } = referenceMlp(fixture, 'init.');
  const inputs = tf.unstack(toDevice(inputOf(fixture, 'x')));
  const labels = tf.unstack(toDevice(inputOf(fixture, 'labels')));
  let { params, state } = variables;
  let optimizer = updateRule.init(params);
  const losses: tf.Tensor[] = [];
  const results: Tensors = {};
  inputs.forEach((x, step) => {
    const { value, gradients, aside } = valueAndGradients((trial) => {
      const { logits, state: after } = network.apply({ ...variables, params: trial, state }, x, { training: true });
      return { value: crossEntropy(logits, labels[step]!), aside: after };
    }, params);
    const at = { step: tf.scalar(step, 'int32'), epoch: tf.scalar(0, 'int32') };
    ({ params, state: optimizer } = updateRule.update(at, params, gradients, optimizer));
    state = aside;
    losses.push(value);
    Object.assign(
      results,
      renamed(params, (name) => `step${step + 1}.${toReferenceName(name)}`),
    );
  });
  for (const [slot, values] of Object.entries(optimizer)) {
    Object.assign(
      results,
      renamed(values, (name) => `state.${slots[slot] ?? slot}.${toReferenceName(name)}`),
    );
  }
  const statistics = renamed(state, (name) => (toReferenceName(name) === null ? null : `after.${toReferenceName(name)}`));
  return { ...results, ...statistics, losses: tf.stack(losses) };
}
