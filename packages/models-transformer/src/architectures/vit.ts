import { z } from 'zod';
import type { Architecture } from '@basinlab/core';
import { vitFormat } from '../interop/vit-format.js';
import { toCircuits } from '../rewrites/circuits.js';
import { backFrom } from '../rewrites/from-circuits.js';
import { applyBlockStack, blockStackActivations, blockStackParams, blockStacks, residualOf, unitsOf, type BlockStack } from './block.js';
import { circuitSizes, withLayersOf } from './circuits-block.js';
import { classParams, embedPatches, imageOptions, patchParams, readClasses, type ImagePlace } from './images.js';
import { norms } from './norm.js';
import { vitCircuits, type VitCircuitsOptions } from './vit-circuits.js';

const count = z.number().int().positive();

const options = z
  .strictObject({
    ...imageOptions,
    /** Of the residual stream. */
    width: count.default(64),
    layers: count.default(2),
    heads: count.default(4),
    /** Units of each MLP. Default 4 times the width. */
    units: count.optional(),
    norm: z.enum(norms).default('layer'),
    /** Added to variances, or to mean squares. */
    epsilon: z.number().positive().default(1e-6),
  })
  .refine(({ width, heads }) => width % heads === 0, { error: 'heads that divide the width', path: ['heads'] });
/** Options of `vit`. */
export type VitOptions = z.output<typeof options>;

const stackOf = (o: VitOptions): BlockStack => ({ ...o, causal: false });
const placeOf = (o: VitOptions): ImagePlace => ({ ...o, id: 'vit', residual: residualOf(o) });

function circuitOptions(o: VitOptions): VitCircuitsOptions {
  const { inputs, classes, patch, pooling, width, layers, heads, epsilon } = o;
  return { inputs, classes, patch, pooling, width, layers, heads, epsilon, units: unitsOf(o) };
}

/**
 * Vision transformer: patches as tokens with learned positions, blocks of attention and an MLP with LayerNorm before each, and a class read from a token of
 * its own or from the mean. `x` [batch, height, width, channels], or flat -> logits [batch, classes]. A patch is read row by row, channels last. The same
 * groups as in `gpt2`. Dosovitskiy et al. 2021, arXiv 2010.11929.
 */
export const vit: Architecture<VitOptions> = {
  id: 'vit',
  summary: 'Vision transformer: patches of an image as tokens, LayerNorm before attention and MLP',
  options,
  params: (o) => [...patchParams(placeOf(o)), ...blockStackParams(stackOf(o)), ...classParams(placeOf(o))],
  dropout: true,
  formats: [vitFormat],
  rewrites: [
    {
      to: vitCircuits,
      options: circuitOptions,
      params: (params, { heads, norm }) => toCircuits(params, { heads, norm }),
      back: (params, o, onto) => backFrom(vitCircuits, circuitOptions(o), { params, onto }, { norm: 'layer' }),
    },
  ],
  stacks: (o) => blockStacks(stackOf(o)),
  sizes: circuitSizes,
  withLayersOf,
  activations: (o) => blockStackActivations(stackOf(o)),
  activation: () => 'gelu',
  apply: (o, params, x, context) =>
    readClasses(placeOf(o), params, applyBlockStack(stackOf(o), params, embedPatches(placeOf(o), params, x), context), context),
};
