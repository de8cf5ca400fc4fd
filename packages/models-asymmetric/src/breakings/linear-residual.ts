import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { BasinlabError } from '@basinlab/core';
import type { ParamSpec, SymmetryBreaking } from '@basinlab/core';
import { atLayer, perLayer } from './per-layer.js';

const options = z.strictObject({
  /** Strength of the identity, one number or one per weight. */
  fixedScale: perLayer(z.number().nonnegative()).default(1),
});
/** Options of `linear-residual`. */
export type LinearResidualOptions = z.output<typeof options>;

/** A weight of units that can be exchanged: what the identity tells apart. */
const isHidden = ({ role, axes }: ParamSpec): boolean => role === 'weight' && (axes[0] ?? null) !== null;

/**
 * A fixed identity beside every hidden weight: effective weight = raw + fixedScale * I, so that unit i has input i to itself; in a convolution
 * at the centre of the kernel. Units beyond the number of inputs get none and can still be exchanged with each other.
 */
export const linearResidual: SymmetryBreaking<LinearResidualOptions> = {
  id: 'linear-residual',
  summary: 'A fixed identity added to every hidden weight',
  options,
  constants(spec, o, _, position) {
    if (!isHidden(spec)) return null;
    return { shift: tf.tensor(identity(spec.shape, atLayer('linear-residual', 'fixedScale', o.fixedScale, position)), [...spec.shape]) };
  },
  check({ architecture, params }) {
    if (params.some(isHidden)) return;
    throw new BasinlabError('linear-residual', 'a network with hidden weights', architecture, { exitCode: 2 });
  },
};

/** `scale` where unit and input have the same number, at the centre of the kernel: row-major [units, inputs, ...kernel]. */
function identity([units = 1, inputs = 1, ...kernel]: readonly number[], scale: number): Float32Array<ArrayBuffer> {
  const taps = kernel.reduce((product, length) => product * length, 1);
  const centre = kernel.reduce((at, length) => at * length + Math.floor(length / 2), 0);
  const values = new Float32Array(units * inputs * taps);
  for (let unit = 0; unit < Math.min(units, inputs); unit++) values[(unit * inputs + unit) * taps + centre] = scale;
  return values;
}
