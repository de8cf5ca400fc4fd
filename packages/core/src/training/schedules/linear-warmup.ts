import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Schedule } from '../../contracts/index.js';

const options = z.strictObject({
  /** Epochs (or steps) until the full rate. */
  length: z.number().int().positive(),
  unit: z.enum(['epoch', 'step']).default('epoch'),
});
/** Options of `linear-warmup`. */
export type LinearWarmupOptions = z.output<typeof options>;

/** min(1, (t + 1) / length), t the epoch or step from 0. */
export const linearWarmup: Schedule<LinearWarmupOptions> = {
  id: 'linear-warmup',
  options,
  factor: (o, at) => tf.minimum(tf.div(tf.add(tf.cast(at[o.unit], 'float32'), 1), o.length), 1),
};
