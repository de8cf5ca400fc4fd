import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Schedule } from '../../contracts/index.js';

const options = z.strictObject({
  /** Epochs (or steps) until the lowest rate. */
  length: z.number().int().positive(),
  unit: z.enum(['epoch', 'step']).default('epoch'),
  /** Factor at the end and from there on. */
  floor: z.number().min(0).max(1).default(0),
});
/** Options of `cosine`. */
export type CosineOptions = z.output<typeof options>;

/** floor + (1 - floor) (1 + cos(pi min(t, length) / length)) / 2, t the epoch or step from 0. Loshchilov & Hutter 2017. */
export const cosine: Schedule<CosineOptions> = {
  id: 'cosine',
  options,
  factor(o, at) {
    const angle = tf.mul(tf.minimum(tf.cast(at[o.unit], 'float32'), o.length), Math.PI / o.length);
    return tf.add(tf.mul(tf.add(tf.cos(angle), 1), (1 - o.floor) / 2), o.floor);
  },
};
