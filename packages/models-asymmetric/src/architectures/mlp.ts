import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { Architecture } from '@basinlab/core';
import {
  applyHiddenLayer,
  applyOutputLayer,
  layerStackActivations,
  layerStackFields,
  layerStackParams,
  layerStacks,
  layerStackSplits,
  layerStackState,
  widthsWithLayersOf,
} from './layer-stack.js';
import { norms } from './norm.js';

/** Inputs of any shape are flattened; without `widths` it is a linear model. */
const options = z.strictObject({ ...layerStackFields, norm: z.enum(norms).default('layer') });
/** Options of `mlp`. */
export type MlpOptions = z.output<typeof options>;

/** Multilayer perceptron: `x` [batch, ...input] is flattened to [batch, inputs] -> logits [batch, outputs]. */
export const mlp: Architecture<MlpOptions> = {
  id: 'mlp',
  summary: 'Multilayer perceptron: linear, norm and activation per hidden layer, linear output',
  options,
  params: layerStackParams,
  state: layerStackState,
  stacks: layerStacks,
  sizes: { depth: ['widths'], width: ['widths'] },
  splits: layerStackSplits,
  withLayersOf: (wide, deep, layers) => ({ ...wide, widths: widthsWithLayersOf(wide, deep, layers) }),
  activations: layerStackActivations,
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
    let h: Tensor = tf.reshape(x, [rows, o.inputs]);
    for (const index of o.widths.keys()) h = applyHiddenLayer(o, index, params, h, context);
    return applyOutputLayer(o, params, h, context);
  },
};
