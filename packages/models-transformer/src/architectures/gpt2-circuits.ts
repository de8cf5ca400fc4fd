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
import { deviation } from './deviations.js';
import { embedTokens } from './embed-tokens.js';
import { timesTransposed } from './linear.js';

const count = z.number().int().positive();

const options = z.strictObject({
  /** Tokens. */
  vocabulary: count,
  /** Longest sequence. */
  positions: count,
  /** Of the residual stream. */
  width: count,
  layers: count,
  heads: count,
  /** Units of each MLP. */
  units: count,
  /** Whether MLPs are gated by SiLU (SwiGLU) in place of having GELU. */
  gated: z.boolean().default(false),
  /** Added to mean squares. */
  epsilon: z.number().positive().default(1e-5),
});
/** Options of `gpt2-circuits`. */
export type Gpt2CircuitsOptions = z.output<typeof options>;

const stackOf = (o: Gpt2CircuitsOptions): CircuitStack => ({ ...o, causal: true });

/**
 * GPT-2 in circuit form: what `toCircuits` makes of a `gpt2`, with the same function, its residual stream free to be rotated. Scores are divided by the root
 * of width + 1. `x` int32 tokens [batch, positions] -> logits [batch, positions, vocabulary]. Theus et al. 2025, arXiv 2506.22712.
 */
export const gpt2Circuits: Architecture<Gpt2CircuitsOptions> = {
  id: 'gpt2-circuits',
  summary: 'GPT-2 with RMSNorm and attention as QK and OV circuits, whose residual stream can be rotated',
  options,
  params: (o) => {
    const embedding = { role: 'embedding', init: { kind: 'normal', deviation }, axes: [null, rotated] } as const;
    return [
      { ...embedding, name: 'tokens.weight', shape: [o.vocabulary, o.width] },
      { ...embedding, name: 'positions.weight', shape: [o.positions, o.width] },
      ...circuitStackParams(stackOf(o)),
      { ...embedding, name: 'head.weight', shape: [o.vocabulary, o.width] },
    ];
  },
  stacks: (o) => circuitLayerStacks(stackOf(o)),
  sizes: circuitSizes,
  widen: widenCircuits,
  withLayersOf,
  activations: (o) => circuitStackActivations(stackOf(o)),
  activation: ({ gated }) => (gated ? 'silu' : 'gelu-tanh'),
  apply: (o, params, x, context) =>
    timesTransposed(
      applyCircuitStack(stackOf(o), params, embedTokens('gpt2-circuits', o.positions, params, x), context),
      params['head.weight']!,
    ),
};
