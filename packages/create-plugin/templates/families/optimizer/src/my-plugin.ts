import type { Optimizer, Tensors } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';

const fraction = z.number().min(0).lt(1);
const options = z.strictObject({
  /** How much of the momentum enters the direction of a step. */
  beta1: fraction.default(0.9),
  /** How much of the momentum a step keeps. */
  beta2: fraction.default(0.99),
  /** Share of a parameter that is taken off per step and unit of learning rate. */
  weightDecay: z.number().nonnegative().default(0),
});

/** Lion: p <- p (1 - lr wd) - lr sign(beta1 m + (1 - beta1) g); m <- beta2 m + (1 - beta2) g. Chen et al. 2023. */
export const myPluginOptimizer: Optimizer<z.output<typeof options>> = {
  id: 'my-plugin',
  options,
  init: (_, params) => ({ momentum: each(params, (p) => tf.zerosLike(p)) }),
  // A step is compiled once and run many times: tensor operations only, and no value is read.
  update({ beta1, beta2, weightDecay }, { learningRate }, params, gradients, { momentum = {} }) {
    const blend = (name: string, beta: number): Tensor => tf.add(tf.mul(momentum[name]!, beta), tf.mul(gradients[name]!, 1 - beta));
    const keep = tf.sub(1, tf.mul(learningRate, weightDecay));
    return {
      params: each(params, (p, name) => tf.sub(tf.mul(p, keep), tf.mul(learningRate, tf.sign(blend(name, beta1))))),
      state: { momentum: each(params, (_, name) => blend(name, beta2)) },
    };
  },
};

const each = (tensors: Tensors, change: (x: Tensor, name: string) => Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, change(x, name)]));
