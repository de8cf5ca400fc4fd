import * as tf from '@tensorflow/tfjs-core';
import { parseOptions } from '@basinlab/core';
import type { Network, Optimizer, OptimizerState, Tensors, Variables } from '@basinlab/core';
import { adamw, crossEntropy, sgd } from '@basinlab/core/training';
import { toReferenceName } from '@basinlab/models-asymmetric';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { asTensor, referenceMlp, valuesUnder } from './reference-mlp.js';

const description = z.object({
  lr: z.number(),
  weight_decay: z.number(),
  momentum: z.number().optional(),
  beta1: z.number().optional(),
  beta2: z.number().optional(),
  eps: z.number().optional(),
  steps: z.number(),
});

/** Every parameter after each of a few training steps, the losses, the moments and running statistics at the end. */
export const optimizerTrajectory: GoldenCheck = {
  kinds: ['adamw_trajectory', 'sgd_trajectory'],
  async compute(fixture) {
    const p = description.parse(fixture.parameters);
    const { network, variables } = referenceMlp(fixture, 'init.');
    const settings =
      fixture.kind === 'sgd_trajectory'
        ? { momentum: p.momentum, weightDecay: p.weight_decay }
        : { beta1: p.beta1, beta2: p.beta2, epsilon: p.eps, weightDecay: p.weight_decay };
    const follow = { network, variables, steps: p.steps, learningRate: p.lr, settings };
    const batches = { x: asTensor(fixture.inputs['x']!), labels: asTensor(fixture.inputs['labels']!) };
    return fixture.kind === 'sgd_trajectory' ? trajectory(sgd, follow, batches) : trajectory(adamw, follow, batches);
  },
};

interface Follow {
  network: Network;
  variables: Variables;
  steps: number;
  learningRate: number;
  settings: Record<string, number | undefined>;
}

async function trajectory<O>(
  optimizer: Optimizer<O>,
  { network, variables, steps, learningRate, settings }: Follow,
  { x, labels }: { x: tf.Tensor; labels: tf.Tensor },
): Promise<Record<string, ArrayLike<number>>> {
  const options = parseOptions(optimizer.id, optimizer.options, settings);
  let current = variables;
  let moments: OptimizerState = optimizer.init(options, variables.params);
  const losses: number[] = [];
  const results: Record<string, ArrayLike<number>> = {};
  const inputs = tf.unstack(x);
  const classes = tf.unstack(labels);
  for (let step = 1; step <= steps; step++) {
    const { loss, gradients, state } = trainingStep(network, current, inputs[step - 1]!, classes[step - 1]!);
    const at = { step: tf.scalar(step), learningRate: tf.scalar(learningRate) };
    const next = optimizer.update(options, at, current.params, gradients, moments);
    current = { ...current, params: next.params, state };
    moments = next.state;
    losses.push((await loss.data())[0]!);
    Object.assign(results, await valuesUnder(current.params, (name) => `step${step}.${toReferenceName(name)}`));
  }
  const slots: Record<string, string> = { m: 'exp_avg', v: 'exp_avg_sq', velocity: 'momentum_buffer' };
  for (const [slot, values] of Object.entries(moments)) {
    Object.assign(results, await valuesUnder(values, (name) => `state.${slots[slot]}.${toReferenceName(name)}`));
  }
  Object.assign(
    results,
    await valuesUnder(current.state, (name) => (toReferenceName(name) === null ? null : `after.${toReferenceName(name)}`)),
  );
  return { ...results, losses };
}

function trainingStep(network: Network, variables: Variables, x: tf.Tensor, labels: tf.Tensor) {
  const names = Object.keys(variables.params);
  let state: Tensors = {};
  const { value: loss, grads } = tf.valueAndGrads((...values: tf.Tensor[]) => {
    const params = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    const step = network.apply({ ...variables, params }, x, { training: true });
    state = Object.fromEntries(Object.entries(step.state).map(([name, value]) => [name, tf.keep(value)]));
    return crossEntropy(step.logits, labels);
  })(names.map((name) => variables.params[name]!));
  return { loss, gradients: Object.fromEntries(names.map((name, index) => [name, grads[index]!])), state };
}
