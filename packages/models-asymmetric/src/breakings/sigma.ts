import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { BasinlabError } from '@basinlab/core';
import type { SymmetryBreaking } from '@basinlab/core';
import { normal } from '@basinlab/core/random';

const options = z.strictObject({
  /** Deviation of the gate's entries. The reference has 1 for MLPs and 0.01 / sqrt(units) for graph networks. */
  gateScale: z.number().positive().default(1),
});
/** Options of `sigma`. */
export type SigmaOptions = z.output<typeof options>;

/**
 * Sigma asymmetry: the activation is x * sigmoid(x C^T) with a fixed C [units, units] of N(0, gateScale^2) entries, which tells units apart. It
 * replaces the architecture's activation, on feature maps at every position over the channels; weights are free.
 */
export const sigma: SymmetryBreaking<SigmaOptions> = {
  id: 'sigma',
  summary: 'Sigma asymmetry: a fixed random gate mixes the units in the activation',
  options,
  constants: () => null,
  check({ architecture, activations }) {
    if (activations === 0) throw new BasinlabError('sigma', 'a network with activations', architecture, { exitCode: 2 });
  },
  activation: {
    constants: (units, { gateScale }, key) => tf.tensor(normal(key, units * units, { deviation: gateScale }), [units, units]),
    apply: (x, gate) => tf.mul(x, tf.sigmoid(mixUnits(x, gate))),
  },
};

/** x C^T over the last axis; every position of a feature map on its own. */
function mixUnits(x: Tensor, gate: Tensor): Tensor {
  const units = x.shape.at(-1)!;
  const rows = tf.reshape(x, [x.size / units, units]);
  return tf.reshape(tf.matMul(rows, gate as Tensor2D, false, true), x.shape);
}
