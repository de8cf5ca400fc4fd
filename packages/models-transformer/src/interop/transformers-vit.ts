import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type Tensors } from '@basinlab/core';

// Names and layouts of ViT in the transformers library. Up to version 4 a layer is `vit.encoder.layer.<i>` with names after BERT, in version 5
// `vit.layers.<i>` with shorter ones, which also reads files of version 4.

const ends = { 'patches.bias': 'vit.embeddings.patch_embeddings.projection.bias' } as const;
const patches = 'vit.embeddings.patch_embeddings.projection.weight';
const tables = { 'classToken.weight': 'vit.embeddings.cls_token', 'positions.weight': 'vit.embeddings.position_embeddings' } as const;
const last = { norm: 'vit.layernorm', head: 'classifier' } as const;

/** Parts of a block in files of version 4, which both read, and in version 5. */
const inside = {
  attentionNorm: ['layernorm_before', 'layernorm_before'],
  'attention.query': ['attention.attention.query', 'attention.q_proj'],
  'attention.key': ['attention.attention.key', 'attention.k_proj'],
  'attention.value': ['attention.attention.value', 'attention.v_proj'],
  'attention.output': ['attention.output.dense', 'attention.o_proj'],
  mlpNorm: ['layernorm_after', 'layernorm_after'],
  'mlp.in': ['intermediate.dense', 'mlp.fc1'],
  'mlp.out': ['output.dense', 'mlp.fc2'],
} as const;
const parts = ['weight', 'bias'] as const;

/**
 * Parameters of `vit` (class token) from those of the transformers library's `ViTForImageClassification`: patches [width, channels, row, column] turned to
 * [width, row * column * channels].
 * @throws BasinlabError for a tensor that is missing or that ViT does not have
 */
export function vitFromTransformers(tensors: Tensors): Tensors {
  const used = new Set<string>();
  const read = (...names: readonly string[]): Tensor => {
    const name = names.find((candidate) => tensors[candidate] !== undefined);
    if (name === undefined)
      throw new BasinlabError('vit', `a tensor ${names[0]!}`, 'none', { remedy: 'Is it a ViTForImageClassification?' });
    used.add(name);
    return tensors[name]!;
  };
  const pictures = read(patches);
  demand(pictures.rank === 4, patches, 'a tensor [width, channels, rows, columns]', pictures.shape);
  const params: Tensors = { 'patches.weight': tf.reshape(tf.transpose(pictures, [0, 2, 3, 1]), [pictures.shape[0]!, -1]) };
  for (const [own, theirs] of Object.entries(ends)) params[own] = tf.clone(read(theirs));
  for (const [own, theirs] of Object.entries(tables)) {
    const table = read(theirs);
    params[own] = own === 'classToken.weight' ? tf.reshape(table, [-1]) : tf.squeeze(table, [0]);
  }
  for (const part of parts) {
    for (const [own, theirs] of Object.entries(last)) params[`${own}.${part}`] = tf.clone(read(`${theirs}.${part}`));
    for (let layer = 0; layer < layersOf(tensors); layer++)
      for (const [own, [four, five]] of Object.entries(inside))
        params[`blocks.${layer}.${own}.${part}`] = tf.clone(
          read(`vit.encoder.layer.${layer}.${four}.${part}`, `vit.layers.${layer}.${five}.${part}`),
        );
  }
  const unknown = Object.keys(tensors).filter((name) => !used.has(name));
  demand(unknown.length === 0, 'vit', 'tensors of a ViTForImageClassification only', unknown.join(', '));
  return params;
}

const layersOf = (tensors: Tensors): number =>
  1 + Math.max(-1, ...Object.keys(tensors).map((name) => Number(/^vit\.(?:encoder\.layer|layers)\.(\d+)\./.exec(name)?.[1] ?? -1)));

/** The reverse of {@link vitFromTransformers}, under the names that all versions read. `patch` is the side of a patch. */
export function vitToTransformers(params: Tensors, patch: number): Tensors {
  const own = (name: string): Tensor => {
    const tensor = params[name];
    if (tensor === undefined) throw new BasinlabError('vit', `a parameter ${name}`, 'none');
    return tensor;
  };
  const weight = own('patches.weight');
  const width = weight.shape[0]!;
  const tensors: Tensors = { [patches]: tf.transpose(tf.reshape(weight, [width, patch, patch, -1]), [0, 3, 1, 2]) };
  for (const [name, theirs] of Object.entries(ends)) tensors[theirs] = tf.clone(own(name));
  for (const [name, theirs] of Object.entries(tables)) tensors[theirs] = tf.reshape(own(name), [1, -1, width]);
  for (const part of parts) {
    for (const [name, theirs] of Object.entries(last)) tensors[`${theirs}.${part}`] = tf.clone(own(`${name}.${part}`));
    for (let layer = 0; params[`blocks.${layer}.mlp.in.weight`] !== undefined; layer++)
      for (const [name, [four]] of Object.entries(inside))
        tensors[`vit.encoder.layer.${layer}.${four}.${part}`] = tf.clone(own(`blocks.${layer}.${name}.${part}`));
  }
  return tensors;
}
