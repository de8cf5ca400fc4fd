import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Optimizer } from '../../contracts/index.js';
import { updateEach } from './update-each.js';
import { decayOf, undecayed } from './weight-decay.js';
import { zerosLikeEach } from './zeros.js';

const fraction = z.number().min(0).lt(1);

const options = z.strictObject({
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: z.number().positive().default(1e-8),
  /** adamw: share of a parameter that is taken off per step and unit of learning rate. adam: factor of the parameter added to its gradient. */
  weightDecay: z.number().nonnegative().default(0),
  /** Ends of the names of parameters that are not decayed, for example `bias`. */
  undecayed,
});
/** Options of `adam`. */
export type AdamOptions = z.output<typeof options>;

const adamwOptions = options.extend({ weightDecay: z.number().nonnegative().default(0.01) });

/** Adam with decoupled decay: p <- p (1 - lr wd) - lr mHat / (sqrt(vHat) + epsilon), by default on every parameter. Loshchilov & Hutter 2019. */
export const adamw: Optimizer<AdamOptions> = {
  id: 'adamw',
  options: adamwOptions,
  squares: ['v'],
  init: (_, params) => ({ m: zerosLikeEach(params), v: zerosLikeEach(params) }),
  update(o, at, params, gradients, state) {
    const keep = tf.sub(1, tf.mul(at.learningRate, o.weightDecay));
    const move = adamStep(o, at);
    return updateEach(params, gradients, state, (p, g, slots, name) => move(decayOf(o, name) === 0 ? p : tf.mul(p, keep), g, slots));
  },
};

/** Adam; weight decay, where given, is added to the gradient. Kingma & Ba 2015. */
export const adam: Optimizer<AdamOptions> = {
  id: 'adam',
  options,
  squares: ['v'],
  init: adamw.init,
  update(o, at, params, gradients, state) {
    const move = adamStep(o, at);
    return updateEach(params, gradients, state, (p, g, slots, name) => {
      const decay = decayOf(o, name);
      return move(p, decay === 0 ? g : tf.add(g, tf.mul(p, decay)), slots);
    });
  },
};

type Slots = Readonly<Record<'m' | 'v', Tensor>>;

function adamStep(o: AdamOptions, { step, learningRate }: { step: Tensor; learningRate: Tensor }) {
  // 1 - beta^step: expm1 keeps all digits where beta is close to 1, which a float32 power would not.
  const correction = (beta: number): Tensor => tf.neg(tf.expm1(tf.mul(step, Math.log(beta))));
  const rate = tf.div(learningRate, correction(o.beta1));
  const rootCorrection = tf.rsqrt(correction(o.beta2));
  return (p: Tensor, g: Tensor, slots: Slots): { param: Tensor; slots: Slots } => {
    const m = tf.add(tf.mul(slots.m, o.beta1), tf.mul(g, 1 - o.beta1));
    const v = tf.add(tf.mul(slots.v, o.beta2), tf.mul(tf.square(g), 1 - o.beta2));
    const divisor = tf.add(tf.mul(tf.sqrt(v), rootCorrection), o.epsilon);
    return { param: tf.sub(p, tf.mul(rate, tf.div(m, divisor))), slots: { m, v } };
  };
}
