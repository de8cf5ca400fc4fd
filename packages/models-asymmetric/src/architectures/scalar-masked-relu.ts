import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { Architecture, ParamSpec, GroupAxis } from '@basinlab/core';

const count = z.number().int().positive();

const options = z.strictObject({
  /** Dimension of the ambient space. */
  inputs: count.default(20),
  width: count.default(128),
  bias: z.boolean().default(true),
});
/** Options of `scalar-masked-relu`. */
export type ScalarMaskedReluOptions = z.output<typeof options>;

const axis: GroupAxis = { group: 'hidden' };

/**
 * The network of the synthetic coherence experiment: sum_j relu(w_j . x + b_j), `x` [batch, inputs] -> [batch, 1]. Weights start as
 * N(0, 0.05^2), biases at 0; nothing weighs the units. What masks it is the breaking `bernoulli-mask`. arXiv 2606.04754.
 */
export const scalarMaskedRelu: Architecture<ScalarMaskedReluOptions> = {
  id: 'scalar-masked-relu',
  summary: 'Sum of rectified linear units with one output, of the synthetic coherence experiment',
  options,
  params: ({ inputs, width, bias }) => {
    const weight: ParamSpec = {
      name: 'hidden.weight',
      shape: [width, inputs],
      init: { kind: 'normal', deviation: 0.05 },
      role: 'weight',
      axes: [axis, null],
      fanIn: inputs,
    };
    return bias ? [weight, { name: 'hidden.bias', shape: [width], init: { kind: 'zeros' }, role: 'bias', axes: [axis] }] : [weight];
  },
  activations: ({ width }) => [{ layer: 'hidden', units: width, axis }],
  activation: () => 'relu',
  apply: ({ inputs, bias }, params, x, context) => {
    demand(x.rank === 2 && x.shape[1] === inputs, 'scalar-masked-relu', `inputs of ${inputs} entries`, x.shape.slice(1));
    context.tap({ layer: 'hidden', site: 'input', group: null }, x);
    const product = tf.matMul(x as Tensor2D, params['hidden.weight'] as Tensor2D, false, true);
    const linear = bias ? tf.add(product, params['hidden.bias']!) : product;
    context.tap({ layer: 'hidden', site: 'post-linear', group: axis.group }, linear);
    const hidden = context.activate('hidden', linear);
    context.tap({ layer: 'hidden', site: 'post-activation', group: axis.group }, hidden);
    return tf.sum(hidden, 1, true);
  },
};
