import type { Schedule } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

const options = z.strictObject({
  /** Steps over which the rate rises to 1 before it falls. */
  warmup: z.number().int().positive().default(100),
});

/** min(t / warmup, sqrt(warmup / t)), t the step from 1: a linear rise, then the inverse of a square root. Vaswani et al. 2017, section 5.3. */
export const myPluginSchedule: Schedule<z.output<typeof options>> = {
  id: 'my-plugin',
  options,
  factor({ warmup }, { step }) {
    const t = tf.add(step, 1);
    return tf.minimum(tf.div(t, warmup), tf.sqrt(tf.div(warmup, t)));
  },
};
