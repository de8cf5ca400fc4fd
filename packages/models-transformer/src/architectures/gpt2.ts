import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { demand } from '@basinlab/core';
import type { ApplyContext, Architecture, GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { gpt2Format } from '../interop/gpt2-format.js';
import { gpt2ToCircuits } from '../rewrites/gpt2.js';
import { applyAttention, attentionParams, type AttentionPlace } from './attention.js';
import { gpt2Circuits } from './gpt2-circuits.js';
import { applyLinear, linearParams, timesTransposed } from './linear.js';
import { applyNorm, normParams, norms, type NormPlace } from './norm.js';

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
    /** LayerNorm as in GPT-2, or RMSNorm, here with an offset. */
    norm: z.enum(norms).default('layer'),
    /** Added to variances, or to mean squares. */
    epsilon: z.number().positive().default(1e-5),
  })
  .refine(({ width, heads }) => width % heads === 0, { error: 'heads that divide the width', path: ['heads'] });
/** Options of `gpt2`. */
export type Gpt2Options = z.output<typeof options>;

const residual: GroupAxis = { group: 'residual' };
const deviation = 0.02;

const unitsOf = ({ units, width }: Gpt2Options): number => units ?? 4 * width;
const blocks = ({ layers }: Gpt2Options): string[] => Array.from({ length: layers }, (_, layer) => `blocks.${layer}`);
const mlpOf = (block: string): GroupAxis => ({ group: `${block}.mlp` });

/** Weights that write to the residual stream start smaller, by the root of their number. */
const writing = ({ layers }: Gpt2Options): number => deviation / Math.sqrt(2 * layers);

const attentionOf = (o: Gpt2Options, block: string): AttentionPlace => ({
  ...{ name: `${block}.attention`, width: o.width, heads: o.heads, causal: true, residual },
  ...{ deviation, outputDeviation: writing(o) },
});

const normOf = ({ norm, epsilon }: Gpt2Options, name: string): NormPlace => ({ name, kind: norm, epsilon });

function blockParams(o: Gpt2Options, block: string): ParamSpec[] {
  const { width } = o;
  const mlp = { name: `${block}.mlp`, units: unitsOf(o), axis: mlpOf(block) };
  return [
    ...normParams(`${block}.attentionNorm`, width, residual),
    ...attentionParams(attentionOf(o, block)),
    ...normParams(`${block}.mlpNorm`, width, residual),
    ...linearParams({
      ...{ name: `${mlp.name}.in`, inputs: width, outputs: mlp.units, inputAxis: residual, outputAxis: mlp.axis },
      deviation,
    }),
    ...linearParams({
      ...{ name: `${mlp.name}.out`, inputs: mlp.units, outputs: width, inputAxis: mlp.axis, outputAxis: residual },
      deviation: writing(o),
    }),
  ];
}

function applyBlock(o: Gpt2Options, block: string, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  const norm = (name: string, input: Tensor) => applyNorm(normOf(o, `${block}.${name}`), params, input);
  const stream = (layer: string, value: Tensor) => context.tap({ layer, site: 'post-activation', group: residual.group }, value);
  const attended = tf.add(x, applyAttention(attentionOf(o, block), params, norm('attentionNorm', x), context));
  stream(`${block}.attention.output`, attended);
  const [layer, group] = [`${block}.mlp`, `${block}.mlp`];
  const normal = norm('mlpNorm', attended);
  context.tap({ layer, site: 'input', group: residual.group }, normal);
  const linear = applyLinear(`${layer}.in`, params, normal);
  context.tap({ layer, site: 'post-linear', group }, linear);
  const active = context.activate(layer, linear);
  context.tap({ layer, site: 'post-activation', group }, active);
  const written = applyLinear(`${layer}.out`, params, active);
  context.tap({ layer: `${layer}.out`, site: 'post-linear', group: residual.group }, written);
  const out = tf.add(attended, written);
  stream(`${layer}.out`, out);
  return out;
}

/**
 * GPT-2: tokens and learned positions, blocks of causal attention and an MLP with LayerNorm before each, and a last LayerNorm before the output weights.
 * `x` int32 tokens [batch, positions] -> logits [batch, positions, vocabulary]. Three kinds of groups permute it: the coordinates of the residual
 * stream, the heads of a layer (blocks of their size), and the units of an MLP. Radford et al. 2019; parameters start as there.
 */
export const gpt2: Architecture<Gpt2Options> = {
  id: 'gpt2',
  summary: 'Decoder transformer with LayerNorm before attention and MLP, as GPT-2',
  options,
  params: (o) => {
    const embedding = { role: 'embedding', axes: [null, residual] } as const;
    const tokens: ParamSpec = { ...embedding, name: 'tokens.weight', shape: [o.vocabulary, o.width], init: { kind: 'normal', deviation } };
    const positions: ParamSpec = {
      ...embedding,
      ...{ name: 'positions.weight', shape: [o.positions, o.width], init: { kind: 'normal', deviation: 0.01 } },
    };
    return [
      tokens,
      positions,
      ...blocks(o).flatMap((block) => blockParams(o, block)),
      ...normParams('norm', o.width, residual),
      ...(o.tied ? [] : [{ ...tokens, name: 'head.weight' }]),
    ];
  },
  formats: [gpt2Format],
  rewrites: [
    {
      to: gpt2Circuits,
      options: (o) => {
        const { vocabulary, positions, width, layers, heads, epsilon } = o;
        return { vocabulary, positions, width, layers, heads, epsilon, units: unitsOf(o) };
      },
      params: (params, { heads, norm }) => {
        demand(norm === 'layer', 'gpt2', 'the norm layer, which can be rewritten to circuits', norm);
        return gpt2ToCircuits(params, { heads });
      },
    },
  ],
  activations: (o) => blocks(o).map((block) => ({ layer: `${block}.mlp`, units: unitsOf(o), axis: mlpOf(block) })),
  activation: () => 'gelu-tanh',
  apply: (o, params, x, context) => {
    const [batch = 0, length = 0] = x.shape;
    demand(x.rank === 2, 'gpt2', 'tokens [batch, positions]', x.shape);
    demand(length <= o.positions, 'gpt2', `at most ${o.positions} positions`, length, 'Set options.positions to the longest sequence.');
    const tokens = tf.gather(params['tokens.weight']!, tf.reshape(x, [batch * length]) as Tensor1D);
    const places = tf.slice(params['positions.weight']!, [0, 0], [length, o.width]);
    let h: Tensor = tf.add(tf.reshape(tokens, [batch, length, o.width]), places);
    context.tap({ layer: 'tokens', site: 'post-activation', group: residual.group }, h);
    for (const block of blocks(o)) h = applyBlock(o, block, params, h, context);
    const normal = applyNorm(normOf(o, 'norm'), params, h);
    context.tap({ layer: 'norm', site: 'post-norm', group: residual.group }, normal);
    return timesTransposed(normal, params[o.tied ? 'tokens.weight' : 'head.weight']!);
  },
};
