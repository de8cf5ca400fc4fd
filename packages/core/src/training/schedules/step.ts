import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Schedule } from '../../contracts/index.js';

const options = z.strictObject({
  /** Epochs between two changes. */
  every: z.number().int().positive(),
  gamma: z.number().positive().default(0.1),
});
/** Options of `step`. */
export type StepOptions = z.output<typeof options>;

/** gamma^floor(epoch / every). */
export const step: Schedule<StepOptions> = {
  id: 'step',
  options,
  factor: (o, { epoch }) => tf.exp(tf.mul(tf.floor(tf.div(tf.cast(epoch, 'float32'), o.every)), Math.log(o.gamma))),
};
