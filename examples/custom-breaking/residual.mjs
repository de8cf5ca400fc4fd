import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** A fixed identity beside every hidden weight: unit i has an input of its own, so no two units can be exchanged. */
const residual = {
  id: 'residual',
  summary: 'A fixed identity of given strength added to hidden weights',
  options: z.strictObject({ strength: z.number().positive().default(1) }),
  // Effective weight = shift + scale * trained weight. Null leaves a parameter as it is.
  constants(spec, { strength }, key, { layer, layers }) {
    if (spec.role !== 'weight' || layer === layers - 1) return null;
    const [units, inputs] = spec.shape;
    return { shift: tf.tidy(() => tf.mul(tf.eye(units, inputs), strength)) };
  },
};

export default { symmetryBreaking: [residual] };
