import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { BasinlabError } from '@basinlab/core';
import type { ParamSpec, SymmetryBreaking } from '@basinlab/core';
import { normal } from '@basinlab/core/random';

const options = z.strictObject({
  /** Deviation of the fixed offsets. */
  fixedScale: z.number().nonnegative().default(1),
  /** Which offsets are shifted: biases of layers, or offsets of norms. A bias before a BatchNorm has no effect in training: choose `norm`. */
  offsets: z.enum(['bias', 'norm']).default('bias'),
});
/** Options of `bias-only`. */
export type BiasOnlyOptions = z.output<typeof options>;

/** An offset of units that can be exchanged; a norm's offset is what starts at 0. */
function isShifted({ role, axes, init }: ParamSpec, { offsets }: BiasOnlyOptions): boolean {
  return (axes[0] ?? null) !== null && (offsets === 'bias' ? role === 'bias' : role === 'norm' && init.kind === 'zeros');
}

/** Fixed noise on the offset of every hidden unit and nowhere else: effective offset = raw + fixedScale * N(0, 1). Weights are free. */
export const biasOnly: SymmetryBreaking<BiasOnlyOptions> = {
  id: 'bias-only',
  summary: 'Fixed Gaussian noise added to the offset of every hidden unit',
  options,
  constants(spec, o, key) {
    if (!isShifted(spec, o)) return null;
    const size = spec.shape.reduce((product, length) => product * length, 1);
    return { shift: tf.tensor(normal(key, size, { deviation: o.fixedScale }), [...spec.shape]) };
  },
  check({ architecture, params }, o) {
    if (params.some((spec) => isShifted(spec, o))) return;
    const [wanted, other] = o.offsets === 'bias' ? (['biases', 'norm'] as const) : (['norms', 'bias'] as const);
    throw new BasinlabError('bias-only', `a network with ${wanted} of hidden units`, architecture, {
      exitCode: 2,
      remedy: `Try offsets: '${other}', or a breaking of the weights`,
    });
  },
};
