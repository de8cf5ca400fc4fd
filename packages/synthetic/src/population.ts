import { buildNetwork, dynamicSlice, jit, map, vmap, whileLoop, type Network, type Tensors } from '@basinlab/core';
import { adamw, constant, defineRule, valueAndGradients } from '@basinlab/core/training';
import { interpolate } from '@basinlab/metrics/interpolation';
import { bernoulliMask, scalarMaskedRelu } from '@basinlab/models-asymmetric';
import * as tf from '@tensorflow/tfjs-core';
import type { SyntheticCoherenceSettings } from './settings.js';

/** Tensors of every model, stacked along a first axis [models]. */
export type Stacked = {
  params: Tensors;
  constants: Tensors;
  /** [models, samples, ambient], [models, samples]. */
  inputs: tf.Tensor;
  targets: tf.Tensor;
  /** Rows of every batch in turn, int32 [models, steps, batch]. */
  order: tf.Tensor;
};

/** Pairs of models, stacked along a first axis [pairs], and what they are tested on. */
export type StackedPairs = { a: Tensors; b: Tensors; constants: Tensors; inputs: tf.Tensor; targets: tf.Tensor };

export interface SyntheticPrograms {
  readonly network: Network;
  /** Trains all models to the end: one program for every setting of the experiment. Returns their parameters, stacked. */
  train(models: Stacked): Tensors;
  /** Test losses [pairs, points] on the straight lines between models. */
  lossesBetween(pairs: StackedPairs): tf.Tensor;
  dispose(): void;
}

const meanSquare = (got: tf.Tensor, wanted: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(tf.reshape(got, [-1]), wanted)));

/** Compiles the training and the evaluation of a whole population of scalar networks: the twenty settings of the paper differ in their data only. */
export function compilePopulation(settings: SyntheticCoherenceSettings, strategy: 'map' | 'vmap'): SyntheticPrograms {
  const { copies, width, active, learningRate, weightDecay, points } = settings;
  const network = buildNetwork({
    architecture: scalarMaskedRelu,
    options: { inputs: 2 * copies, width },
    breaking: bernoulliMask,
    breakingOptions: { active },
  });
  const rule = defineRule({ optimizer: adamw, optimizerOptions: { weightDecay, undecayed: ['bias'] }, schedule: constant, learningRate });
  const over = <A extends Stacked | StackedPairs, R extends Tensors | tf.Tensor>(f: (one: A) => R, all: A): R =>
    (strategy === 'map' ? map(f as never, all as never) : (vmap(f as never) as (all: A) => R)(all)) as R;

  const trainOne = ({ params, constants, inputs, targets, order }: Stacked): Tensors => {
    const [steps = 0, batch = 0] = order.shape;
    const body = ({ i, now, optimizer }: { i: tf.Tensor; now: Tensors; optimizer: ReturnType<typeof rule.init> }) => {
      const rows = tf.reshape(dynamicSlice(order, [i as tf.Scalar, 0], [1, batch]), [batch]) as tf.Tensor1D;
      const [x, y] = [tf.gather(inputs, rows), tf.gather(targets, rows)];
      const { gradients } = valueAndGradients((trial) => {
        const { logits } = network.apply({ params: trial, constants, state: {} }, x, { training: true });
        return { value: meanSquare(logits, y), aside: {} };
      }, now);
      const next = rule.update({ step: i, epoch: tf.scalar(0, 'int32') }, now, gradients, optimizer);
      return { i: tf.add(i, tf.scalar(1, 'int32')), now: next.params, optimizer: next.state };
    };
    const end = tf.scalar(steps, 'int32');
    return whileLoop(({ i }) => tf.less(i, end), body, { i: tf.scalar(0, 'int32'), now: params, optimizer: rule.init(params) }).now;
  };
  const lossesOf = ({ a, b, constants, inputs, targets }: StackedPairs): tf.Tensor => {
    const [from, to] = [a, b].map((params) => ({ params, constants, state: {} }));
    const lossAt = (lambda: tf.Tensor): tf.Tensor =>
      meanSquare(network.apply(interpolate(from!, to!, lambda as tf.Scalar), inputs).logits, targets);
    return map(lossAt, tf.linspace(0, 1, points));
  };
  const train = jit((models: Stacked): Tensors => over(trainOne, models), { name: 'synthetic-train' });
  const losses = jit((pairs: StackedPairs): tf.Tensor => over(lossesOf, pairs), { name: 'synthetic-losses' });
  return {
    network,
    train: (models) => train(models),
    lossesBetween: (pairs) => losses(pairs),
    dispose() {
      train.dispose();
      losses.dispose();
    },
  };
}
