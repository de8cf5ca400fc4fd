import * as tf from '@tensorflow/tfjs-core';
import { evenly, type Tensors } from '@basinlab/core';
import { adamw, constant, defineUpdateRule, valueAndGradients } from '@basinlab/core/training';
import { midpointLossBarrier, peakLossBarrier } from '@basinlab/metrics/barrier';
import { interpolate } from '@basinlab/metrics/interpolation';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { hostValues } from './reference-mlp.js';
import { scalarNames, scalarNetwork } from './scalar-network.js';

/** Two scalar networks trained by AdamW on given batches, weights decayed and biases not, and the test loss between them. */
export const syntheticTrainingBarrierCheck: GoldenCheck = {
  kinds: ['synthetic_training_barrier'],
  async compute(fixture) {
    const points = parameterOf(fixture, 'interpolation_points', z.number().int().min(2));
    const lambdas = evenly(points);
    const { test_losses: losses, ...trained } = await hostValues(() => {
      const models = [0, 1].map((model) => train(fixture, model));
      const { network, constants } = scalarNetwork(fixture, { bias: true });
      const [a, b] = models.map((params) => ({ params, constants, state: {} }));
      const [x, y] = [toDevice(inputOf(fixture, 'test_x')), toDevice(inputOf(fixture, 'test_y'))];
      const lossAt = (lambda: number): tf.Tensor => meanSquare(network.apply(interpolate(a!, b!, tf.scalar(lambda)), x).logits, y);
      const results: Tensors = { test_losses: tf.stack(lambdas.map(lossAt)) };
      models.forEach((params, model) => {
        for (const [theirs, ours] of Object.entries(scalarNames)) results[`model${model}.final.${theirs}`] = params[ours]!;
      });
      return results;
    });
    return {
      ...trained,
      'interpolation.lambdas': lambdas,
      'interpolation.test_losses': losses!,
      'interpolation.peak_barrier': [peakLossBarrier(losses!)],
      'interpolation.midpoint_barrier': [midpointLossBarrier(losses!)],
    };
  },
};

const meanSquare = (got: tf.Tensor, wanted: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(got, wanted)));

const settings = z.object({ batch_size: z.number(), lr: z.number(), weight_decay: z.number(), bias_weight_decay: z.literal(0) });

function train(fixture: GoldenFixture, model: number): Tensors {
  const { batch_size: batch, lr: learningRate, weight_decay: weightDecay } = settings.parse(fixture.parameters);
  const { network, constants } = scalarNetwork(fixture, { bias: true });
  const updateRule = defineUpdateRule({
    optimizer: adamw,
    optimizerOptions: { weightDecay, undecayed: ['bias'] },
    schedule: constant,
    learningRate,
  });
  const weight = toDevice(inputOf(fixture, `model${model}.init.hidden_weight`));
  let params: Tensors = { 'hidden.weight': weight, 'hidden.bias': tf.zeros([weight.shape[0]!]) };
  let optimizer = updateRule.init(params);
  const [inputs, targets] = [toDevice(inputOf(fixture, 'train_x')), toDevice(inputOf(fixture, 'train_y'))];
  const order = toDevice(inputOf(fixture, `model${model}.batch_order`));
  let step = 0;
  tf.unstack(order).forEach((samples, epoch) => {
    for (let from = 0; from < samples.size; from += batch) {
      const rows = tf.slice(samples, from, Math.min(batch, samples.size - from)) as tf.Tensor1D;
      const [x, y] = [tf.gather(inputs, rows), tf.gather(targets, rows)];
      const { gradients } = valueAndGradients((trial) => {
        const { logits } = network.apply({ params: trial, constants, state: {} }, x, { training: true });
        return { value: meanSquare(logits, y), aside: {} };
      }, params);
      const at = { step: tf.scalar(step++, 'int32'), epoch: tf.scalar(epoch, 'int32') };
      ({ params, state: optimizer } = updateRule.update(at, params, gradients, optimizer));
    }
  });
  return params;
}
