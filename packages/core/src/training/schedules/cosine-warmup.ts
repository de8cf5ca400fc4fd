import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Schedule } from '../../contracts/index.js';

const options = z
  .strictObject({
    /** Epochs (or steps) of both parts together. */
    length: z.number().int().positive(),
    /** Of them, those until the full rate; the first has rate 0. */
    warmup: z.number().int().nonnegative(),
    unit: z.enum(['epoch', 'step']).default('epoch'),
  })
  .refine(({ warmup, length }) => warmup <= length, { error: 'a warm-up that is no longer than the whole', path: ['warmup'] });
/** Options of `cosine-warmup`. */
export type CosineWarmupOptions = z.output<typeof options>;

/**
 * t / warmup until then, from there (1 + cos(pi (t - warmup) / (length - warmup))) / 2, t the epoch or step from 0; 0 behind the end. As
 * `get_cosine_schedule_with_warmup` of the transformers library.
 */
export const cosineWarmup: Schedule<CosineWarmupOptions> = {
  id: 'cosine-warmup',
  options,
  factor({ length, warmup, unit }, at) {
    const t = tf.cast(at[unit], 'float32');
    const share = tf.clipByValue(tf.div(tf.sub(t, warmup), Math.max(1, length - warmup)), 0, 1);
    const falling = tf.div(tf.add(tf.cos(tf.mul(share, Math.PI)), 1), 2);
    return tf.where(tf.less(t, warmup), tf.div(t, Math.max(1, warmup)), falling);
  },
};
