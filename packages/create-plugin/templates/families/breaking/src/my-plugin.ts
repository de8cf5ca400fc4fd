import type { SymmetryBreaking } from '@basinlab/core';
import { childKey, normal, uniform } from '@basinlab/core/random';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

const options = z.strictObject({
  /** Share of a unit's weights that are fixed. */
  share: z.number().min(0).max(1).default(0.5),
  /** Standard deviation of the fixed weights. */
  fixedScale: z.number().nonnegative().default(1),
});

/** Weights of hidden units are fixed at random with a chance: effective weight = shift + scale * trained weight, with a scale of 0 or 1. */
export const myPluginBreaking: SymmetryBreaking<z.output<typeof options>> = {
  id: 'my-plugin',
  summary: 'Each weight of a hidden unit is fixed with a chance',
  options,
  // Null leaves a parameter as it is: here whatever is no weight of units that could be exchanged.
  constants(spec, { share, fixedScale }, key) {
    if (spec.role !== 'weight' || spec.axes[0] === null) return null;
    const shape = [...spec.shape];
    const size = tf.util.sizeFromShape(shape);
    // A key for each draw, by name: equal seeds give equal networks on every engine.
    const mask = uniform(childKey(key, 'mask'), size).map((chance) => (chance < share ? 0 : 1));
    const fixed = normal(childKey(key, 'fixed'), size, { deviation: fixedScale }).map((value, at) => (mask[at] === 1 ? 0 : value));
    return { scale: tf.tensor(mask, shape), shift: tf.tensor(fixed, shape) };
  },
};
