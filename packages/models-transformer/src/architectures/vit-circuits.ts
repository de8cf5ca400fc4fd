import { z } from 'zod';
import type { Architecture } from '@basinlab/core';
import { widenCircuits } from '../alignment/widen-circuits.js';
import {
  applyCircuitStack,
  circuitLayerStacks,
  circuitSizes,
  circuitStackActivations,
  circuitStackParams,
  rotated,
  withLayersOf,
  type CircuitStack,
} from './circuits-block.js';
import { classParams, embedPatches, imageOptions, patchParams, readClasses, type ImagePlace } from './images.js';

const count = z.number().int().positive();

const options = z.strictObject({
  ...imageOptions,
  /** Of the residual stream. */
  width: count,
  layers: count,
  heads: count,
  /** Units of each MLP. */
  units: count,
  /** Added to mean squares. */
  epsilon: z.number().positive().default(1e-6),
});
/** Options of `vit-circuits`. */
export type VitCircuitsOptions = z.output<typeof options>;

const stackOf = (o: VitCircuitsOptions): CircuitStack => ({ ...o, causal: false });
const placeOf = (o: VitCircuitsOptions): ImagePlace => ({ ...o, id: 'vit-circuits', residual: rotated });

/**
 * A vision transformer in circuit form: what `toCircuits` makes of a `vit`, with the same function, its residual stream free to be rotated.
 * `x` [batch, height, width, channels], or flat -> logits [batch, classes]. Theus et al. 2025, arXiv 2506.22712.
 */
export const vitCircuits: Architecture<VitCircuitsOptions> = {
  id: 'vit-circuits',
  summary: 'Vision transformer with RMSNorm and attention as QK and OV circuits, whose residual stream can be rotated',
  options,
  params: (o) => [...patchParams(placeOf(o)), ...circuitStackParams(stackOf(o)), ...classParams(placeOf(o))],
  stacks: (o) => circuitLayerStacks(stackOf(o)),
  sizes: circuitSizes,
  widen: widenCircuits,
  withLayersOf,
  activations: (o) => circuitStackActivations(stackOf(o)),
  activation: () => 'gelu',
  apply: (o, params, x, context) =>
    readClasses(placeOf(o), params, applyCircuitStack(stackOf(o), params, embedPatches(placeOf(o), params, x), context), context),
};
