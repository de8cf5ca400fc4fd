import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Optimizer } from '../../contracts/index.js';
import { updateEach } from './update-each.js';
import { decayOf, undecayed } from './weight-decay.js';
import { zerosLikeEach } from './zeros.js';

const options = z.strictObject({
  /** How much of the running mean of squared gradients a step keeps. */
  alpha: z.number().min(0).lt(1).default(0.99),
  epsilon: z.number().positive().default(1e-8),
  momentum: z.number().min(0).lt(1).default(0),
  /** Divides by the deviation of the gradient and not by its root mean square. */
  centred: z.boolean().default(false),
  /** Factor of the parameter added to its gradient. */
  weightDecay: z.number().nonnegative().default(0),
  /** Ends of the names of parameters that are not decayed, for example `bias`. */
  undecayed,
});
/** Options of `rmsprop`. */
export type RmspropOptions = z.output<typeof options>;

/** RMSprop as torch defines it: p <- p - lr g / (sqrt(mean of g^2) + epsilon). Tieleman & Hinton 2012. */
export const rmsprop: Optimizer<RmspropOptions> = {
  id: 'rmsprop',
  options,
  squares: ['square'],
  init: (o, params) => ({
    square: zerosLikeEach(params),
    ...(o.centred && { mean: zerosLikeEach(params) }),
    ...(o.momentum > 0 && { velocity: zerosLikeEach(params) }),
  }),
  update(o, { learningRate }, params, gradients, state) {
    return updateEach<'square' | 'mean' | 'velocity'>(params, gradients, state, (p, gradient, slots, name) => {
      const decay = decayOf(o, name);
      const g = decay === 0 ? gradient : tf.add(gradient, tf.mul(p, decay));
      const square = tf.add(tf.mul(slots.square, o.alpha), tf.mul(tf.square(g), 1 - o.alpha));
      const next = { ...slots, square };
      let spread = square;
      if (o.centred) {
        next.mean = tf.add(tf.mul(slots.mean, o.alpha), tf.mul(g, 1 - o.alpha));
        spread = tf.sub(square, tf.square(next.mean));
      }
      let direction = tf.div(g, tf.add(tf.sqrt(spread), o.epsilon));
      if (o.momentum > 0) direction = next.velocity = tf.add(tf.mul(slots.velocity, o.momentum), direction);
      return { param: tf.sub(p, tf.mul(learningRate, direction)), slots: next };
    });
  },
};
