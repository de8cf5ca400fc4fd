import { buildNetwork, dynamicSlice, jit, map, vmap, whileLoop, type Network, type Tensors } from '@basinlab/core';
import { adamw, constant, defineUpdateRule, valueAndGradients } from '@basinlab/core/training';
import { interpolate } from '@basinlab/metrics/interpolation';
import { bernoulliMask, scalarMaskedRelu } from '@basinlab/models-asymmetric';
import * as tf from '@tensorflow/tfjs-core';
import type { SyntheticCoherenceSettings } from './settings.js';

/** Samples in the plane of the inputs, per model: an input is basis * latent. */
type PlaneData = {
  /** [ambient, 2]. */
  basis: tf.Tensor;
  /** One column per sample, [2, samples]. */
  latent: tf.Tensor;
  /** [samples]. */
  targets: tf.Tensor;
};

/** Tensors of every model, each stacked along a first axis [models]. */
export type Stacked = PlaneData & {
  params: Tensors;
  constants: Tensors;
  /** Samples of every batch in turn, int32 [steps, batch]. */
  order: tf.Tensor;
};

/** Pairs of models, stacked along a first axis [pairs], and what they are tested on. */
export type StackedPairs = PlaneData & { a: Tensors; b: Tensors; constants: Tensors };

/** Compiled training and evaluation of a population of tiny networks. */
export interface SyntheticPrograms {
  readonly network: Network;
  /** Trains all models to the end: one program for every setting of the experiment. Returns their parameters, stacked. */
  train(models: Stacked): Tensors;
  /** Test losses [pairs, points] on the straight lines between models. */
  lossesBetween(pairs: StackedPairs): tf.Tensor;
  dispose(): void;
}

const meanSquare = (got: tf.Tensor, wanted: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(got, wanted)));

/**
 * Outputs [samples] of a network whose effective weights are `weight` [units, ambient] and `bias` [units], on the inputs basis * latent. Of inputs in a
 * plane, units see their weights' projection on it, three numbers v_j with the bias; and sum_j relu(v_j . x) is (sum_j gate_j(x) v_j) . x, where gates
 * are 0 or 1 and have no gradient. That is the network's own function with nine multiplications per unit and sample in place of forty, gradient included, and one pass over [units, samples] each way
 * (docs/benchmarks.md).
 */
export function planeOutputs({ 'hidden.weight': weight, 'hidden.bias': bias }: Tensors, basis: tf.Tensor, latent: tf.Tensor): tf.Tensor {
  const samples = tf.concat([latent, tf.ones([1, latent.shape[1]!])]) as tf.Tensor2D;
  const seen = tf.concat([tf.matMul(weight as tf.Tensor2D, basis as tf.Tensor2D), tf.reshape(bias!, [-1, 1])], 1) as tf.Tensor2D;
  const gates = tf.step(tf.matMul(seen, samples));
  return tf.sum(tf.mul(tf.matMul(seen, gates, true), samples), 0);
}

/** Compiles the training and the evaluation of a whole population of scalar networks: the twenty settings of the paper differ in their data only. */
export function compilePopulation(settings: SyntheticCoherenceSettings, execution: 'map' | 'vmap'): SyntheticPrograms {
  const { copies, width, active, learningRate, weightDecay, points } = settings;
  const network = buildNetwork({
    architecture: scalarMaskedRelu,
    options: { inputs: 2 * copies, width },
    breaking: bernoulliMask,
    breakingOptions: { active },
  });
  const updateRule = defineUpdateRule({
    optimizer: adamw,
    optimizerOptions: { weightDecay, undecayed: ['bias'] },
    schedule: constant,
    learningRate,
  });
  const over = <A extends Stacked | StackedPairs, R extends Tensors | tf.Tensor>(f: (one: A) => R, all: A): R =>
    (execution === 'map' ? map(f as never, all as never) : (vmap(f as never) as (all: A) => R)(all)) as R;

  const trainOne = ({ params, constants, basis, latent, targets, order }: Stacked): Tensors => {
    const [steps = 0, batch = 0] = order.shape;
    const body = ({ i, now, optimizer }: { i: tf.Tensor; now: Tensors; optimizer: ReturnType<typeof updateRule.init> }) => {
      const rows = tf.reshape(dynamicSlice(order, [i as tf.Scalar, 0], [1, batch]), [batch]) as tf.Tensor1D;
      const [x, y] = [tf.gather(latent, rows, 1), tf.gather(targets, rows)];
      const lossOf = (params: Tensors) => meanSquare(planeOutputs(network.effective({ params, constants }), basis, x), y);
      const { gradients } = valueAndGradients((params) => ({ value: lossOf(params), aside: {} }), now);
      const next = updateRule.update({ step: i, epoch: tf.scalar(0, 'int32') }, now, gradients, optimizer);
      return { i: tf.add(i, tf.scalar(1, 'int32')), now: next.params, optimizer: next.state };
    };
    const end = tf.scalar(steps, 'int32');
    return whileLoop(({ i }) => tf.less(i, end), body, { i: tf.scalar(0, 'int32'), now: params, optimizer: updateRule.init(params) }).now;
  };
  const lossesOf = ({ a, b, constants, basis, latent, targets }: StackedPairs): tf.Tensor => {
    const [from, to] = [a, b].map((params) => ({ params, constants, state: {} }));
    const lossAt = (lambda: tf.Tensor): tf.Tensor =>
      meanSquare(planeOutputs(network.effective(interpolate(from!, to!, lambda as tf.Scalar)), basis, latent), targets);
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
