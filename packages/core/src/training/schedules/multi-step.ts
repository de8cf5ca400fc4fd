import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Schedule } from '../../contracts/index.js';
import { lookUp } from './table.js';

const options = z.strictObject({
  /** Epochs (from 0) at which the rate changes. */
  milestones: z.array(z.number().int().nonnegative()).min(1),
  gamma: z.number().positive().default(0.1),
});
/** Options of `multi-step`. */
export type MultiStepOptions = z.output<typeof options>;

/** gamma^(number of milestones reached). */
export const multiStep: Schedule<MultiStepOptions> = {
  id: 'multi-step',
  options,
  factor(o, { epoch }) {
    const reached = tf.sum(tf.cast(tf.lessEqual(tf.tensor1d(o.milestones), tf.cast(epoch, 'float32')), 'float32'));
    return lookUp(powers(o.gamma, o.milestones.length), reached);
  },
};

const powers = (base: number, count: number): number[] => Array.from({ length: count + 1 }, (_, exponent) => base ** exponent);
