import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Optimizer } from '../../contracts/index.js';
import { updateEach } from './update-each.js';
import { decayOf, undecayed } from './weight-decay.js';
import { zerosLikeEach } from './zeros.js';

const options = z
  .strictObject({
    momentum: z.number().min(0).lt(1).default(0),
    /** Share of the gradient that does not enter the velocity, from the second step on. */
    dampening: z.number().min(0).max(1).default(0),
    nesterov: z.boolean().default(false),
    /** Factor of the parameter added to its gradient. */
    weightDecay: z.number().nonnegative().default(0),
    /** Ends of the names of parameters that are not decayed, for example `bias`. */
    undecayed,
  })
  .refine((o) => !o.nesterov || (o.momentum > 0 && o.dampening === 0), { error: 'nesterov needs momentum above 0 and no dampening' });
/** Options of `sgd`. */
export type SgdOptions = z.output<typeof options>;

/** Gradient descent with momentum as torch defines it: b <- g on the first step, then momentum b + (1 - dampening) g; p <- p - lr b. */
export const sgd: Optimizer<SgdOptions> = {
  id: 'sgd',
  options,
  init: (o, params) => (o.momentum === 0 ? {} : { velocity: zerosLikeEach(params) }),
  update(o, { step, learningRate }, params, gradients, state) {
    const share = o.dampening === 0 ? null : tf.where(tf.equal(step, 1), 1, 1 - o.dampening);
    return updateEach<'velocity'>(params, gradients, state, (p, gradient, slots, name) => {
      const decay = decayOf(o, name);
      const g = decay === 0 ? gradient : tf.add(gradient, tf.mul(p, decay));
      if (o.momentum === 0) return { param: tf.sub(p, tf.mul(learningRate, g)), slots };
      const velocity = tf.add(tf.mul(slots.velocity, o.momentum), share === null ? g : tf.mul(g, share));
      const direction = o.nesterov ? tf.add(g, tf.mul(velocity, o.momentum)) : velocity;
      return { param: tf.sub(p, tf.mul(learningRate, direction)), slots: { velocity } };
    });
  },
};
