import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type Tensors } from '@basinlab/core';

// Names of BERT and RoBERTa in the transformers library. Linear layers are [outputs, inputs] as ours are.

/** The two libraries' names for the same function. */
export const encoders = {
  bert: {
    prefix: 'bert.',
    model: 'BertForMaskedLM',
    /** Rows of the table of positions that no position has. */
    unused: 0,
    head: { dense: 'cls.predictions.transform.dense', norm: 'cls.predictions.transform.LayerNorm' },
    bias: ['cls.predictions.bias', 'cls.predictions.decoder.bias'],
    weight: 'cls.predictions.decoder.weight',
  },
  roberta: {
    prefix: 'roberta.',
    model: 'RobertaForMaskedLM',
    unused: 2,
    head: { dense: 'lm_head.dense', norm: 'lm_head.layer_norm' },
    bias: ['lm_head.bias', 'lm_head.decoder.bias'],
    weight: 'lm_head.decoder.weight',
  },
} as const;
/** Which of the two. */
export type Encoder = keyof typeof encoders;

/** What a model has behind its last block. */
export interface EncoderHead {
  readonly head: 'tokens' | 'states';
  readonly tied: boolean;
  /** Positions to keep, from the first. Default: all. */
  readonly positions?: number;
}

const tables = { tokens: 'embeddings.word_embeddings', positions: 'embeddings.position_embeddings' } as const;
const segments = 'embeddings.token_type_embeddings.weight';
const embeddingNorm = 'embeddings.LayerNorm';
const inside = {
  'attention.query': 'attention.self.query',
  'attention.key': 'attention.self.key',
  'attention.value': 'attention.self.value',
  'attention.output': 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  'mlp.in': 'intermediate.dense',
  'mlp.out': 'output.dense',
  mlpNorm: 'output.LayerNorm',
} as const;
const parts = ['weight', 'bias'] as const;
/** What files hold beside the model: buffers, and heads for other tasks. */
const others = /(^|\.)(embeddings\.(position_ids|token_type_ids)|pooler\.dense\.(weight|bias)|seq_relationship\.(weight|bias))$/;

/**
 * Parameters of `bert` from those of the transformers library's `BertForMaskedLM` or `RobertaForMaskedLM`; for `head: 'states'` of a model without head, whose
 * names may lack the prefix. The embedding of the first segment, which every token has, becomes part of that of positions; the pooler is left out.
 * @throws BasinlabError for a tensor that is missing or that the model does not have
 */
export function encoderFromTransformers(tensors: Tensors, encoder: Encoder, { head, tied, positions: kept }: EncoderHead): Tensors {
  const names = encoders[encoder];
  const given = new Map(Object.entries(tensors).map(([name, tensor]) => [name.replace(new RegExp(`^${names.prefix}`), ''), tensor]));
  const used = new Set<string>(tied || head === 'states' ? [names.weight] : []);
  const read = (...candidates: readonly string[]): Tensor => {
    const name = candidates.find((candidate) => given.has(candidate));
    if (name === undefined) throw new BasinlabError('bert', `a tensor ${candidates[0]!}`, 'none', { remedy: `Is it a ${names.model}?` });
    candidates.forEach((candidate) => used.add(candidate));
    return given.get(name)!;
  };
  const both = (own: string, theirs: string): Tensors =>
    Object.fromEntries(parts.map((part) => [`${own}.${part}`, tf.clone(read(`${theirs}.${part}`))]));
  const positions = read(`${tables.positions}.weight`);
  const [first, width] = [tf.slice(read(segments), [0, 0], [1, -1]), positions.shape[1]!];
  const params: Tensors = {
    'tokens.weight': tf.clone(read(`${tables.tokens}.weight`)),
    'positions.weight': tf.add(
      tf.slice(positions, [names.unused, 0], [Math.min(kept ?? Infinity, positions.shape[0]! - names.unused), width]),
      first,
    ),
    ...both('embeddingNorm', embeddingNorm),
  };
  const layers = [...given.keys()].map((name) => Number(/^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? -1));
  for (let layer = 0; layer <= Math.max(...layers); layer++)
    for (const [own, theirs] of Object.entries(inside))
      Object.assign(params, both(`blocks.${layer}.${own}`, `encoder.layer.${layer}.${theirs}`));
  if (head === 'tokens') {
    for (const [own, theirs] of Object.entries(names.head)) Object.assign(params, both(`head.${own}`, theirs));
    params['head.bias'] = tf.clone(read(...names.bias));
    if (!tied) params['head.weight'] = tf.clone(read(names.weight));
  }
  const unknown = [...given.keys()].filter((name) => !used.has(name) && !others.test(name));
  demand(unknown.length === 0, 'bert', `tensors of a ${names.model} only`, unknown.join(', '));
  return params;
}

/** The reverse of {@link encoderFromTransformers}: all of what positions add is in their table, and segments add nothing. */
export function encoderToTransformers(params: Tensors, encoder: Encoder, { head, tied }: EncoderHead): Tensors {
  const names = encoders[encoder];
  const own = (name: string): Tensor => {
    const tensor = params[name];
    if (tensor === undefined) throw new BasinlabError('bert', `a parameter ${name}`, 'none');
    return tensor;
  };
  const positions = own('positions.weight');
  const inner: Tensors = {
    [`${tables.tokens}.weight`]: tf.clone(own('tokens.weight')),
    [`${tables.positions}.weight`]: tf.pad(positions, [
      [names.unused, 0],
      [0, 0],
    ]),
    [segments]: tf.zeros([1, positions.shape[1]!]),
  };
  const copy = (from: string, to: string): void => parts.forEach((part) => (inner[`${to}.${part}`] = tf.clone(own(`${from}.${part}`))));
  copy('embeddingNorm', embeddingNorm);
  for (let layer = 0; params[`blocks.${layer}.mlp.in.weight`] !== undefined; layer++)
    for (const [name, theirs] of Object.entries(inside)) copy(`blocks.${layer}.${name}`, `encoder.layer.${layer}.${theirs}`);
  if (head === 'states') return inner;
  const tensors: Tensors = Object.fromEntries(Object.entries(inner).map(([name, tensor]) => [`${names.prefix}${name}`, tensor]));
  for (const [name, theirs] of Object.entries(names.head)) {
    for (const part of parts) tensors[`${theirs}.${part}`] = tf.clone(own(`head.${name}.${part}`));
  }
  for (const name of names.bias) tensors[name] = tf.clone(own('head.bias'));
  tensors[names.weight] = tf.clone(own(tied ? 'tokens.weight' : 'head.weight'));
  return tensors;
}
