import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { ApplyContext, Architecture, AxisSymmetry, GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { hideLater } from './attention.js';
import { embedTokens } from './embed-tokens.js';
import { applyLinear, linearParams, timesTransposed } from './linear.js';
import { divideByRms } from './norm.js';

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
  /** Added to mean squares. */
  epsilon: z.number().positive().default(1e-5),
});
/** Options of `gpt2-circuits`. */
export type Gpt2CircuitsOptions = z.output<typeof options>;

/** Its coordinates may be rotated: nothing here belongs to one of them. */
const residual: GroupAxis = { group: 'residual', kind: 'orthogonal' };
const blocks = ({ layers }: Gpt2CircuitsOptions): string[] => Array.from({ length: layers }, (_, layer) => `blocks.${layer}`);
const mlpOf = (block: string): GroupAxis => ({ group: `${block}.mlp` });
/** Coordinates of the residual stream, and behind them the 1 that carries biases. */
const augmented = (width: number): AxisSymmetry => ({ segments: [[{ group: residual.group, kind: 'orthogonal', size: width }], []] });

function blockParams({ width, heads, units, layers }: Gpt2CircuitsOptions, block: string): ParamSpec[] {
  const [attention, mlp] = [`${block}.attention`, `${block}.mlp`];
  const normal = { init: { kind: 'normal', deviation: 0.02 }, role: 'weight', fanIn: width } as const;
  const offset = { shape: [width], init: { kind: 'zeros' }, axes: [residual] } as const;
  const [full, group] = [augmented(width), { group: attention }];
  const deviation = 0.02 / Math.sqrt(2 * layers);
  return [
    { ...offset, name: `${block}.attentionNorm.bias`, role: 'norm' },
    { ...normal, name: `${attention}.qk`, shape: [heads, width + 1, width + 1], axes: [group, full, full] },
    { ...normal, name: `${attention}.ov`, shape: [heads, width, width + 1], axes: [group, residual, full] },
    { ...offset, name: `${attention}.output.bias`, role: 'bias' },
    { ...offset, name: `${block}.mlpNorm.bias`, role: 'norm' },
    ...linearParams({ name: `${mlp}.in`, inputs: width, outputs: units, inputAxis: residual, outputAxis: mlpOf(block), deviation: 0.02 }),
    ...linearParams({ name: `${mlp}.out`, inputs: units, outputs: width, inputAxis: mlpOf(block), outputAxis: residual, deviation }),
  ];
}

/** What the circuits of a block's heads write: sum over heads and positions s of share_h(t, s) ov_h n_s, plus the bias. */
function applyCircuits(name: string, params: Tensors, normal: Tensor, context: ApplyContext): Tensor {
  const [batch = 0, positions = 0, width = 0] = normal.shape;
  const inputs = tf.concat([normal, tf.ones([batch, positions, 1])], -1);
  // The inputs themselves are keys and values of every head.
  const queries = tf.einsum('btj,hjk->bhtk', inputs, params[`${name}.qk`]!);
  const scores = tf.mul(tf.einsum('bhtk,bsk->bhts', queries, inputs), 1 / Math.sqrt(width + 1));
  const seen = tf.einsum('bhts,bsk->bhtk', tf.softmax(hideLater(scores, positions)), inputs);
  const out = tf.add(tf.einsum('bhtk,hok->bto', seen, params[`${name}.ov`]!), params[`${name}.output.bias`]!);
  context.tap({ layer: `${name}.output`, site: 'post-linear', group: residual.group }, out);
  return out;
}

function applyBlock(block: string, epsilon: number, params: Tensors, x: Tensor, context: ApplyContext): Tensor {
  const norm = (name: string, input: Tensor) => tf.add(divideByRms(input, epsilon), params[`${block}.${name}.bias`]!);
  const attended = tf.add(x, applyCircuits(`${block}.attention`, params, norm('attentionNorm', x), context));
  const layer = `${block}.mlp`;
  const linear = applyLinear(`${layer}.in`, params, norm('mlpNorm', attended));
  context.tap({ layer, site: 'post-linear', group: layer }, linear);
  const active = context.activate(layer, linear);
  context.tap({ layer, site: 'post-activation', group: layer }, active);
  const out = tf.add(attended, applyLinear(`${layer}.out`, params, active));
  context.tap({ layer: `${layer}.out`, site: 'post-activation', group: residual.group }, out);
  return out;
}

/**
 * GPT-2 in the form in which its residual stream can be rotated: RMSNorm without gain, and per head the circuits QK = Q^T K (rows: the query's side) and
 * OV = O V, with biases in a last row and column. Scores are divided by the root of width + 1. It is what `gpt2ToCircuits` makes, with the same function.
 * `x` int32 tokens [batch, positions] -> logits [batch, positions, vocabulary]. Elhage et al. 2021; Theus et al. 2025, arXiv 2506.22712.
 */
export const gpt2Circuits: Architecture<Gpt2CircuitsOptions> = {
  id: 'gpt2-circuits',
  summary: 'GPT-2 with RMSNorm and attention as QK and OV circuits, whose residual stream can be rotated',
  options,
  params: (o) => {
    const embedding = { role: 'embedding', init: { kind: 'normal', deviation: 0.02 }, axes: [null, residual] } as const;
    return [
      { ...embedding, name: 'tokens.weight', shape: [o.vocabulary, o.width] },
      { ...embedding, name: 'positions.weight', shape: [o.positions, o.width] },
      ...blocks(o).flatMap((block) => blockParams(o, block)),
      { name: 'norm.bias', shape: [o.width], init: { kind: 'zeros' }, role: 'norm', axes: [residual] },
      { ...embedding, name: 'head.weight', shape: [o.vocabulary, o.width] },
    ];
  },
  activations: (o) => blocks(o).map((block) => ({ layer: `${block}.mlp`, units: o.units, axis: mlpOf(block) })),
  activation: () => 'gelu-tanh',
  apply: (o, params, x, context) => {
    let h = embedTokens('gpt2-circuits', params, x);
    context.tap({ layer: 'tokens', site: 'post-activation', group: residual.group }, h);
    for (const block of blocks(o)) h = applyBlock(block, o.epsilon, params, h, context);
    return timesTransposed(tf.add(divideByRms(h, o.epsilon), params['norm.bias']!), params['head.weight']!);
  },
};
