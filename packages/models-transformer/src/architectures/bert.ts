import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { ApplyContext, Architecture, GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { bertFormat, robertaFormat } from '../interop/bert-format.js';
import { applyBlockStack, blockStackActivations, blockStackParams, blockStacks, residual, type BlockStack } from './block.js';
import { deviation } from './deviations.js';
import { embedTokens } from './embed-tokens.js';
import { applyLinear, linearParams, timesTransposed } from './linear.js';
import { applyNorm, normParams, type NormPlace } from './norm.js';

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
    /** Logits of the tokens at every position, through a layer of their own, or the states behind the last block, as sentence encoders give. */
    head: z.enum(['tokens', 'states']).default('tokens'),
    /** Whether the output weights are those of the tokens. */
    tied: z.boolean().default(true),
    /** Added to variances. */
    epsilon: z.number().positive().default(1e-12),
  })
  .refine(({ width, heads }) => width % heads === 0, { error: 'heads that divide the width', path: ['heads'] });
/** Options of `bert`. */
export type BertOptions = z.output<typeof options>;

const stackOf = (o: BertOptions): BlockStack => ({ ...o, norm: 'layer', placement: 'post', causal: false });
const normOf = ({ epsilon }: BertOptions, name: string): NormPlace => ({ name, kind: 'layer', epsilon });

/** Units of the head are read by the embeddings of tokens, and so are the coordinates of the stream, unless the head has weights of its own. */
const headAxis = ({ tied }: BertOptions): GroupAxis => (tied ? residual : { group: 'head' });

const embedding = (o: BertOptions, name: string, rows: number, axis: GroupAxis = residual): ParamSpec => ({
  ...{ name, shape: [rows, o.width], init: { kind: 'normal', deviation }, role: 'embedding', axes: [null, axis] },
});

/**
 * BERT: tokens and learned positions, normalised, then blocks of attention to all positions and an MLP, each followed by LayerNorm; one more layer and the
 * embeddings of tokens read what a token is. `x` int32 tokens [batch, positions] -> logits [batch, positions, vocabulary]. The same groups as in `gpt2`; gains of
 * LayerNorm stay in the stream here, so that it can be permuted only, and not at all where it is the output. RoBERTa is the same function. Segments are not told apart.
 * Devlin et al. 2019, arXiv 1810.04805; parameters start as there.
 */
export const bert: Architecture<BertOptions> = {
  id: 'bert',
  summary: 'Encoder transformer with LayerNorm behind attention and MLP, as BERT and RoBERTa: which token is hidden',
  options,
  params(o) {
    const encoder = [
      embedding(o, 'tokens.weight', o.vocabulary),
      embedding(o, 'positions.weight', o.positions),
      ...normParams('embeddingNorm', o.width, residual),
      ...blockStackParams(stackOf(o)),
    ];
    return o.head === 'tokens' ? [...encoder, ...headParams(o)] : encoder.map(withFixedStream);
  },
  dropout: true,
  formats: [bertFormat, robertaFormat],
  stacks: (o) => blockStacks(stackOf(o)),
  activations: (o) => [
    ...blockStackActivations(stackOf(o)),
    ...(o.head === 'tokens' ? [{ layer: 'head.dense', units: o.width, axis: headAxis(o) }] : []),
  ],
  activation: () => 'gelu',
  apply: (o, params, x, context) => {
    const embedded = applyNorm(normOf(o, 'embeddingNorm'), params, embedTokens('bert', o.positions, params, x));
    if (o.head === 'tokens') return applyHead(o, params, applyBlockStack(stackOf(o), params, embedded, context), context);
    const tap: ApplyContext['tap'] = (at, value) => context.tap(at.group === residual.group ? { ...at, group: null } : at, value);
    return applyBlockStack(stackOf(o), params, embedded, { ...context, tap });
  },
};

/** Where the stream is what a model gives, its coordinates cannot be exchanged. */
const withFixedStream = (spec: ParamSpec): ParamSpec => ({ ...spec, axes: spec.axes.map((axis) => (axis === residual ? null : axis)) });

function headParams(o: BertOptions): ParamSpec[] {
  const { width, vocabulary, tied } = o;
  return [
    ...linearParams({ name: 'head.dense', inputs: width, outputs: width, inputAxis: residual, outputAxis: headAxis(o), deviation }),
    ...normParams('head.norm', width, headAxis(o)),
    ...(tied ? [] : [embedding(o, 'head.weight', vocabulary, headAxis(o))]),
    { name: 'head.bias', shape: [vocabulary], init: { kind: 'zeros' }, role: 'bias', axes: [null] },
  ];
}

function applyHead(o: BertOptions, params: Tensors, states: Tensor, context: ApplyContext): Tensor {
  const [layer, { group }] = ['head.dense', headAxis(o)];
  const linear = applyLinear(layer, params, states);
  context.tap({ layer, site: 'post-linear', group }, linear);
  const active = context.activate(layer, linear);
  context.tap({ layer, site: 'post-activation', group }, active);
  const normal = applyNorm(normOf(o, 'head.norm'), params, active);
  return tf.add(timesTransposed(normal, params[o.tied ? 'tokens.weight' : 'head.weight']!), params['head.bias']!);
}
