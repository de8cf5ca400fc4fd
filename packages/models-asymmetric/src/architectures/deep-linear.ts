import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { Architecture, ParamSpec, GroupAxis } from '@basinlab/core';
import { widthsWithLayersOf } from './layer-stack.js';

const count = z.number().int().positive();

const options = z
  .strictObject({
    inputs: count,
    /** Units of each hidden layer. */
    widths: z.array(count),
    outputs: count,
    /** Factor of the input that is added to the output of the last hidden layer; 0 for none. */
    skip: z.number().default(0),
  })
  .refine(({ skip, widths, inputs }) => skip === 0 || widths.at(-1) === inputs, {
    error: 'a skip needs a last hidden layer as wide as the input',
  });
/** Options of `deep-linear`. */
export type DeepLinearOptions = z.output<typeof options>;

/** The skip ties the units of the last hidden layer to the inputs: only the layers before it can be exchanged. */
const axisOf = ({ widths, skip }: DeepLinearOptions, layer: number): GroupAxis | null => {
  const last = skip === 0 ? widths.length - 1 : widths.length - 2;
  return layer >= 0 && layer <= last ? { group: `layers.${layer}`, kind: 'invertible' } : null;
};

/** Of a matrix that reads the units. */
function readAxisOf(o: DeepLinearOptions, layer: number): GroupAxis | null {
  const axis = axisOf(o, layer);
  return axis === null ? null : { ...axis, as: 'reads' };
}

/**
 * Product of matrices W_l (W_{l-1} ... W_1 + skip I) x, without bias or activation: `x` [batch, inputs] -> [batch, outputs]. Every invertible
 * map of a hidden layer leaves the function equal (arXiv 2505.23681).
 */
export const deepLinear: Architecture<DeepLinearOptions> = {
  id: 'deep-linear',
  summary: 'Product of matrices without bias or activation, with an optional skip around all but the last',
  options,
  params: (o) => {
    const sizes = [o.inputs, ...o.widths, o.outputs];
    return sizes.slice(1).map((outputs, layer): ParamSpec => {
      const inputs = sizes[layer]!;
      return {
        name: `layers.${layer}.linear.weight`,
        shape: [outputs, inputs],
        init: { kind: 'uniform', bound: 1 / Math.sqrt(inputs) },
        role: 'weight',
        axes: [axisOf(o, layer), readAxisOf(o, layer - 1)],
        fanIn: inputs,
      };
    });
  },
  // The last matrix reads what the skip has added to.
  stacks: ({ widths, skip }) => [
    { layers: [...widths, 0].map((_, layer) => `layers.${layer}`), identity: { 'linear.weight': 'identity' }, end: skip === 0 ? 0 : 1 },
  ],
  sizes: { depth: ['widths'], width: ['widths'] },
  splits: () => true,
  withLayersOf: (wide, deep, layers) => ({ ...wide, widths: widthsWithLayersOf(wide, deep, layers) }),
  activations: () => [],
  activation: () => 'identity',
  apply: (o, params, x, context) => {
    demand(x.rank === 2 && x.shape[1] === o.inputs, 'deep-linear', `inputs of ${o.inputs} entries`, x.shape.slice(1));
    const groupOf = (layer: number): string | null => axisOf(o, layer)?.group ?? null;
    let h = x as Tensor2D;
    for (let layer = 0; layer <= o.widths.length; layer++) {
      if (layer === o.widths.length && o.skip !== 0) h = tf.add(h, tf.mul(x, o.skip));
      context.tap({ layer: `layers.${layer}`, site: 'input', group: groupOf(layer - 1) }, h);
      h = tf.matMul(h, params[`layers.${layer}.linear.weight`] as Tensor2D, false, true);
      context.tap({ layer: `layers.${layer}`, site: 'post-linear', group: groupOf(layer) }, h);
    }
    return h;
  },
};
