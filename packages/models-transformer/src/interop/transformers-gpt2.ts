import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type Tensors } from '@basinlab/core';

// Names and layouts of GPT-2 in the transformers library (4.50): linear layers as Conv1D, whose weights are [inputs, outputs]; query, key and value as
// one layer `c_attn` whose outputs follow one another.

const norms = { attentionNorm: 'ln_1', mlpNorm: 'ln_2' } as const;
const linears = { 'attention.output': 'attn.c_proj', 'mlp.in': 'mlp.c_fc', 'mlp.out': 'mlp.c_proj' } as const;
const readers = ['query', 'key', 'value'] as const;
const parts = ['weight', 'bias'] as const;

const layersOf = (names: readonly string[], pattern: RegExp): number =>
  1 + Math.max(-1, ...names.map((name) => Number(pattern.exec(name)?.[1] ?? -1)));

/**
 * Parameters of `gpt2` from those of the transformers library's `GPT2LMHeadModel`, [inputs, outputs] turned to [outputs, inputs]. Names may lack the
 * prefix `transformer.`; the buffers `attn.bias` and `attn.masked_bias` are left out, so is `lm_head.weight` where `tied`, and so
 * are positions behind the first `positions`, which shorter sequences do not see.
 * @throws BasinlabError for a tensor that is missing or that GPT-2 does not have
 */
export function gpt2FromTransformers(
  tensors: Tensors,
  { tied, positions = Infinity }: { readonly tied: boolean; readonly positions?: number },
): Tensors {
  const given = new Map(Object.entries(tensors).map(([name, tensor]) => [name.replace(/^transformer\./, ''), tensor]));
  const layers = layersOf([...given.keys()], /^h\.(\d+)\./);
  const used = new Set<string>(tied ? ['lm_head.weight'] : []);
  const read = (name: string): Tensor => {
    const tensor = given.get(name);
    if (tensor === undefined) throw new BasinlabError('gpt2', `a tensor ${name}`, 'none', { remedy: 'Is it a GPT2LMHeadModel?' });
    used.add(name);
    return tensor;
  };
  const table = read('wpe.weight');
  const params: Tensors = {
    'tokens.weight': tf.clone(read('wte.weight')),
    'positions.weight': tf.slice(table, 0, Math.min(positions, table.shape[0]!)),
  };
  for (let layer = 0; layer < layers; layer++) {
    const [block, theirs] = [`blocks.${layer}`, `h.${layer}`];
    for (const part of parts) {
      const turned = (tensor: Tensor): Tensor => (part === 'weight' ? tf.transpose(tensor as Tensor2D) : tf.clone(tensor));
      for (const [own, name] of Object.entries(norms)) params[`${block}.${own}.${part}`] = tf.clone(read(`${theirs}.${name}.${part}`));
      const joined = read(`${theirs}.attn.c_attn.${part}`);
      demand(joined.shape.at(-1)! % 3 === 0, 'gpt2', `query, key and value of equal size in ${theirs}.attn.c_attn.${part}`, joined.shape);
      tf.split(joined, 3, -1).forEach((tensor, at) => (params[`${block}.attention.${readers[at]!}.${part}`] = turned(tensor)));
      for (const [own, name] of Object.entries(linears)) params[`${block}.${own}.${part}`] = turned(read(`${theirs}.${name}.${part}`));
    }
  }
  for (const part of parts) params[`norm.${part}`] = tf.clone(read(`ln_f.${part}`));
  if (!tied) params['head.weight'] = tf.clone(read('lm_head.weight'));
  const unknown = [...given.keys()].filter((name) => !used.has(name) && !/\.attn\.(masked_)?bias$/.test(name));
  demand(unknown.length === 0, 'gpt2', 'tensors of a GPT2LMHeadModel only', unknown.join(', '));
  return params;
}

/** The reverse of {@link gpt2FromTransformers}: tensors under the names of `GPT2LMHeadModel`, `lm_head.weight` too where heads are tied. */
export function gpt2ToTransformers(params: Tensors): Tensors {
  const own = (name: string): Tensor => {
    const tensor = params[name];
    if (tensor === undefined) throw new BasinlabError('gpt2', `a parameter ${name}`, 'none');
    return tensor;
  };
  const tensors: Tensors = {
    'transformer.wte.weight': tf.clone(own('tokens.weight')),
    'transformer.wpe.weight': tf.clone(own('positions.weight')),
    'lm_head.weight': tf.clone(params['head.weight'] ?? own('tokens.weight')),
  };
  for (let layer = 0; layer < layersOf(Object.keys(params), /^blocks\.(\d+)\./); layer++) {
    const [block, theirs] = [`blocks.${layer}`, `transformer.h.${layer}`];
    for (const part of parts) {
      const turned = (tensor: Tensor): Tensor => (part === 'weight' ? tf.transpose(tensor as Tensor2D) : tf.clone(tensor));
      for (const [name, other] of Object.entries(norms)) tensors[`${theirs}.${other}.${part}`] = tf.clone(own(`${block}.${name}.${part}`));
      tensors[`${theirs}.attn.c_attn.${part}`] = tf.concat(
        readers.map((reader) => turned(own(`${block}.attention.${reader}.${part}`))),
        -1,
      );
      for (const [name, other] of Object.entries(linears)) tensors[`${theirs}.${other}.${part}`] = turned(own(`${block}.${name}.${part}`));
    }
  }
  for (const part of parts) tensors[`transformer.ln_f.${part}`] = tf.clone(own(`norm.${part}`));
  return tensors;
}
