import * as tf from '@tensorflow/tfjs-core';
import { normal } from '@basinlab/core/random';
import { z } from 'zod';

/** Every hidden unit trains a window of inputs of its own and keeps fixed random weights elsewhere: no two units see the same. */
const receptiveField = {
  id: 'receptive-field',
  summary: 'Each hidden unit trains a window of inputs; its other weights are fixed',
  options: z.strictObject({
    /** Share of the inputs that a unit trains. */
    width: z.number().positive().max(1).default(0.5),
    /** Deviation of the fixed weights; 0 makes the layer locally connected. */
    fixedScale: z.number().nonnegative().default(1),
  }),
  // Effective weight = shift + scale * trained weight. Null leaves a parameter as it is: here whatever is no weight of hidden units.
  constants(spec, { width, fixedScale }, key) {
    if (spec.role !== 'weight' || spec.axes[0] === null) return null;
    const units = spec.shape[0];
    const inputs = spec.fanIn;
    const noise = normal(key, units * inputs, { deviation: fixedScale });
    const inWindow = (unit, input) => Math.abs((input + 0.5) / inputs - (unit + 0.5) / units) <= width / 2;
    const mask = noise.map((_, at) => (inWindow(Math.floor(at / inputs), at % inputs) ? 1 : 0));
    const fixed = noise.map((value, at) => (mask[at] === 1 ? 0 : value));
    return { scale: tf.tensor(mask, spec.shape), shift: tf.tensor(fixed, spec.shape) };
  },
};

export default { contract: 1, symmetryBreaking: [receptiveField] };
