import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { SymmetryBreaking } from '@basinlab/core';
import { normal } from '@basinlab/core/random';
import { wideInitialisation } from './initialisation.js';
import { atLayer, perLayer } from './per-layer.js';

const options = z.strictObject({
  /** Deviation of the noise, one number, one per layer or by name: see `PerLayer`. */
  fixedScale: perLayer(z.number().nonnegative()).default(1),
});
/** Options of `syre`. */
export type SyreOptions = z.output<typeof options>;

/** Dense fixed noise on every weight: effective weight = raw + fixedScale * N(0, 1); decay pulls the raw weight, not the sum. */
export const syre: SymmetryBreaking<SyreOptions> = {
  id: 'syre',
  summary: 'Fixed Gaussian noise added to every weight',
  options,
  init: wideInitialisation,
  constants(spec, o, key, position) {
    if (spec.role !== 'weight') return null;
    const deviation = atLayer('syre', 'fixedScale', o.fixedScale, position);
    const size = spec.shape.reduce((product, length) => product * length, 1);
    return { shift: tf.tensor(normal(key, size, { deviation }), [...spec.shape]) };
  },
};
