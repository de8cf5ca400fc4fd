import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { SymmetryBreaking } from '@basinlab/core';
import { bernoulli } from '@basinlab/core/random';

const options = z.strictObject({
  /** Probability that a weight is trained; the others are 0. */
  active: z.number().min(0).max(1).default(0.15),
});
/** Options of `bernoulli-mask`. */
export type BernoulliMaskOptions = z.output<typeof options>;

/**
 * Prunes every weight independently with probability 1 - active: effective weight = mask * raw. Unlike `w` it bounds neither how many weights
 * a unit keeps nor that two units differ; initialisers stay as declared. The synthetic coherence experiment of arXiv 2606.04754.
 */
export const bernoulliMask: SymmetryBreaking<BernoulliMaskOptions> = {
  id: 'bernoulli-mask',
  summary: 'Each weight is pruned independently with a given probability',
  options,
  constants(spec, { active }, key) {
    if (spec.role !== 'weight') return null;
    const size = spec.shape.reduce((product, length) => product * length, 1);
    return { scale: tf.tensor(Float32Array.from(bernoulli(key, size, active)), [...spec.shape]) };
  },
};
