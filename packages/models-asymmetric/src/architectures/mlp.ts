import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { Architecture, SymmetryAxis } from '@basinlab/core';
import { applyLinear, linearParams } from './linear.js';
import type { LinearPlace } from './linear.js';
import { applyNorm, normParams, norms, normState } from './norm.js';
import type { NormPlace } from './norm.js';

// Hidden layer i: linear -> norm -> activation, under `layers.i`; the last layer is linear only. The units of hidden layer i can be
// exchanged as long as the columns of layer i + 1 follow: the symmetry group `layers.i`.

const count = z.number().int().positive();

const options = z.strictObject({
  /** Entries of one input; inputs of any shape are flattened. */
  inputs: count,
  /** Units of each hidden layer; empty for a linear model. */
  widths: z.array(count),
  /** Classes. */
  outputs: count,
  norm: z.enum(norms).default('layer'),
  /** Whether norms have a trained gain and offset. */
  affine: z.boolean().default(true),
  activation: z.enum(['relu', 'gelu', 'identity']).default('gelu'),
});
export type MlpOptions = z.output<typeof options>;

const axisOf = (layer: number): SymmetryAxis => ({ group: `layers.${layer}` });

function linearPlaces({ inputs, widths, outputs }: MlpOptions): LinearPlace[] {
  const sizes = [inputs, ...widths, outputs];
  return sizes.slice(1).map((size, layer) => ({
    name: `layers.${layer}.linear`,
    inputs: sizes[layer]!,
    outputs: size,
    inputAxis: layer === 0 ? null : axisOf(layer - 1),
    outputAxis: layer === widths.length ? null : axisOf(layer),
  }));
}

function normPlace({ norm, affine }: MlpOptions, layer: number, units: number): NormPlace {
  return { name: `layers.${layer}.norm`, weight: `layers.${layer}.linear.weight`, units, axis: axisOf(layer), kind: norm, affine };
}

/** Multilayer perceptron: `x` [batch, ...input] is flattened to [batch, inputs] -> logits [batch, outputs]. */
export const mlp: Architecture<MlpOptions> = {
  id: 'mlp',
  summary: 'Multilayer perceptron: linear, norm and activation per hidden layer, linear output',
  options,
  params: (o) =>
    linearPlaces(o).flatMap((place, layer) => {
      const norm = layer < o.widths.length ? normParams(normPlace(o, layer, place.outputs)) : [];
      return [...linearParams(place), ...norm];
    }),
  state: (o) => o.widths.flatMap((units, layer) => normState(normPlace(o, layer, units))),
  activations: (o) => o.widths.map((units, layer) => ({ layer: `layers.${layer}`, units, axis: axisOf(layer) })),
  activation: (o) => o.activation,
  apply: (o, params, x, context) => {
    const [rows = 0, ...shape] = x.shape;
    demand(
      tf.util.sizeFromShape(shape) === o.inputs,
      'mlp',
      `inputs of ${o.inputs} entries`,
      shape,
      'Set options.inputs to what the data have.',
    );
    let h = tf.reshape(x, [rows, o.inputs]);
    o.widths.forEach((units, index) => {
      const layer = `layers.${index}`;
      context.tap({ layer, site: 'input', group: index === 0 ? null : axisOf(index - 1).group }, h);
      const linear = applyLinear(`${layer}.linear`, params, h);
      context.tap({ layer, site: 'post-linear', group: layer }, linear);
      const normal = applyNorm(normPlace(o, index, units), params, linear, context);
      context.tap({ layer, site: 'post-norm', group: layer }, normal);
      h = context.activate(layer, normal) as typeof h;
      context.tap({ layer, site: 'post-activation', group: layer }, h);
    });
    const last = `layers.${o.widths.length}`;
    context.tap({ layer: last, site: 'input', group: o.widths.length === 0 ? null : axisOf(o.widths.length - 1).group }, h);
    const logits = applyLinear(`${last}.linear`, params, h);
    context.tap({ layer: last, site: 'post-linear', group: null }, logits);
    return logits;
  },
};
