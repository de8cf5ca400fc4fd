import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { Architecture, ParamSpec } from '@basinlab/core';
import { gpt2Format } from '../interop/gpt2-format.js';
import { toCircuits } from '../rewrites/circuits.js';
import { backFrom } from '../rewrites/from-circuits.js';
import { applyBlockStack, blockStackActivations, blockStackParams, blockStacks, residualOf, unitsOf, type BlockStack } from './block.js';
import { circuitSizes, withLayersOf } from './circuits-block.js';
import { deviation } from './deviations.js';
import { embedTokens } from './embed-tokens.js';
import { expertOptions } from './experts.js';
import { gpt2Circuits, type Gpt2CircuitsOptions } from './gpt2-circuits.js';
import { timesTransposed } from './linear.js';
import { norms } from './norm.js';

const count = z.number().int().positive();

const options = z
  .strictObject({
    /** Tokens. */
    vocabulary: count,
    /** Longest sequence. */
    positions: count,
    /** Of the residual stream. */
    width: count.default(64),
    layers: count.default(2),
    heads: count.default(4),
    /** Units of each MLP. Default 4 times the width. */
    units: count.optional(),
    /** Whether the output weights are those of the tokens. */
    tied: z.boolean().default(true),
    /** Positions as rows that are added to tokens, or as rotations of queries and keys. */
    position: z.enum(['learned', 'rotary']).default('learned'),
    /** Heads of keys and values, each shared by equally many heads of queries. Default: as many as heads. */
    keyValueHeads: count.optional(),
    /** Whether MLPs are gated by SiLU (SwiGLU) in place of having GELU. */
    gated: z.boolean().default(false),
    /** A mixture of experts in place of each MLP; `units` and `gated` are then of each expert. */
    experts: expertOptions.optional(),
    /** LayerNorm as in GPT-2, or RMSNorm, here with an offset. */
    norm: z.enum(norms).default('layer'),
    /** Added to variances, or to mean squares. */
    epsilon: z.number().positive().default(1e-5),
  })
  .refine(({ width, heads }) => width % heads === 0, { error: 'heads that divide the width', path: ['heads'] })
  .refine(({ heads, keyValueHeads = heads }) => heads % keyValueHeads === 0, {
    error: 'heads of keys and values that divide the heads',
    path: ['keyValueHeads'],
  })
  .refine(({ position, width, heads }) => position === 'learned' || (width / heads) % 2 === 0, {
    error: 'heads of even size, whose coordinates are rotated in pairs',
    path: ['position'],
  });
/** Options of `gpt2`. */
export type Gpt2Options = z.output<typeof options>;

const stackOf = (o: Gpt2Options): BlockStack => ({ ...o, rotary: o.position === 'rotary', causal: true });

function circuitOptions(o: Gpt2Options): Gpt2CircuitsOptions {
  const remedy = 'Experts are permuted as they are: leave the form out.';
  demand(o.experts === undefined, 'gpt2', 'one MLP in each layer, for circuits', `${o.experts?.count} experts`, remedy);
  const { vocabulary, positions, width, layers, heads, gated, epsilon } = o;
  return { vocabulary, positions, width, layers, heads, gated, epsilon, units: unitsOf(o) };
}

/**
 * GPT-2: tokens and learned positions, blocks of causal attention and an MLP with LayerNorm before each, and a last LayerNorm before the output weights.
 * `x` int32 tokens [batch, positions] -> logits [batch, positions, vocabulary]. What permutes it: the coordinates of the residual stream (with RMSNorm
 * with any signs),
 * the heads of a layer, the coordinates of keys and of values within heads, and the units of an MLP. Radford et al. 2019; parameters start as there. Options
 * make it a model of today: RMSNorm, rotary positions, grouped queries, gated MLPs; each with what is left of these groups; rotary positions leave an angle for every pair of coordinates of the keys of a head. Experts of a mixture are exchanged with the rows of their router, and
 * the units of each for themselves.
 */
export const gpt2: Architecture<Gpt2Options> = {
  id: 'gpt2',
  summary: 'Decoder transformer with LayerNorm before attention and MLP, as GPT-2',
  options,
  params: (o) => {
    const embedding = { role: 'embedding', axes: [null, residualOf(o)] } as const;
    const tokens: ParamSpec = { ...embedding, name: 'tokens.weight', shape: [o.vocabulary, o.width], init: { kind: 'normal', deviation } };
    const positions: ParamSpec = {
      ...embedding,
      ...{ name: 'positions.weight', shape: [o.positions, o.width], init: { kind: 'normal', deviation: 0.01 } },
    };
    return [
      tokens,
      ...(o.position === 'learned' ? [positions] : []),
      ...blockStackParams(stackOf(o)),
      ...(o.tied ? [] : [{ ...tokens, name: 'head.weight' }]),
    ];
  },
  dropout: true,
  formats: [gpt2Format],
  rewrites: [
    {
      to: gpt2Circuits,
      options: circuitOptions,
      params: (params, o) => {
        const { heads, keyValueHeads, norm, position } = o;
        circuitOptions(o);
        const remedy = 'What is rotated by position is no product of two matrices.';
        demand(position === 'learned', 'gpt2', 'learned positions, for circuits', position, remedy);
        return toCircuits(params, { heads, keyValueHeads, norm });
      },
      back: (params, o, onto) => {
        const { heads, keyValueHeads = heads } = o;
        demand(
          keyValueHeads === heads,
          'gpt2',
          'a head of keys and values for each of queries, for the way back from circuits',
          keyValueHeads,
        );
        return backFrom(gpt2Circuits, circuitOptions(o), { params, onto }, { tied: false, norm: 'layer' });
      },
    },
  ],
  stacks: (o) => blockStacks(stackOf(o)),
  sizes: { ...circuitSizes, width: [...circuitSizes.width, 'keyValueHeads'] },
  withLayersOf,
  activations: (o) => blockStackActivations(stackOf(o)),
  activation: ({ gated }) => (gated ? 'silu' : 'gelu-tanh'),
  apply: (o, params, x, context) => {
    const normal = applyBlockStack(stackOf(o), params, embedTokens('gpt2', o.positions, params, x), context);
    return timesTransposed(normal, params[o.tied ? 'tokens.weight' : 'head.weight']!);
  },
};
