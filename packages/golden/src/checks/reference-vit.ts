import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Network, type Tensors } from '@basinlab/core';
import { standard } from '@basinlab/models-asymmetric';
import { vit, vitCircuits, type VitOptions } from '@basinlab/models-transformer';
import { z } from 'zod';
import type { GoldenFixture } from '../contract.js';
import { inputOf, inputsUnder, toDevice } from '../inputs.js';

const description = z.object({
  ...{ d: z.number(), H: z.number(), L: z.number(), f: z.number(), classes: z.number(), C: z.number(), img: z.number(), patch: z.number() },
  ...{ eps: z.number(), pooling: z.enum(['class token', 'mean']) },
});

/** Sizes of a vision transformer: width d, heads H, layers L, MLP width f. */
export const vitSizes = ({ parameters }: GoldenFixture): z.output<typeof description> => description.parse(parameters);

const optionsOf = (fixture: GoldenFixture) => {
  const { d, H, L, f, classes, C, img, patch, eps, pooling } = vitSizes(fixture);
  return {
    ...{ inputs: [img, img, C] as [number, number, number], classes, patch, width: d, layers: L, heads: H, units: f, epsilon: eps },
    pooling: pooling === 'mean' ? ('mean' as const) : ('class-token' as const),
  };
};

/** A ViT of the fixture's sizes. */
export const vitNetwork = (fixture: GoldenFixture, norm: VitOptions['norm'] = 'layer'): Network =>
  buildNetwork({ architecture: vit, options: { ...optionsOf(fixture), norm }, breaking: standard });

/** A ViT of the fixture's sizes in circuit form. */
export const vitCircuitsNetwork = (fixture: GoldenFixture): Network =>
  buildNetwork({ architecture: vitCircuits, options: optionsOf(fixture), breaking: standard });

/** The fixture's images, channels last. */
export const imagesOf = (fixture: GoldenFixture): tf.Tensor => tf.transpose(toDevice(inputOf(fixture, 'images')), [0, 2, 3, 1]);

/** Parameters of the fixture under a prefix, by our names; call it inside `tf.tidy` or dispose them. */
export const vitUnder = (fixture: GoldenFixture, prefix: string): Tensors =>
  tf.tidy(() => {
    const named = Object.entries(inputsUnder(fixture, prefix)).filter(([name]) => !['images', 'labels'].includes(name));
    const params = fromVitNames(Object.fromEntries(named.map(([name, tensor]) => [name, toDevice(tensor)])));
    return Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tf.clone(tensor)]));
  });

const outside: Readonly<Record<string, string>> = {
  ...{ 'patch_embed.bias': 'patches.bias', cls_token: 'classToken.weight', pos_embed: 'positions.weight' },
};
const inside: Readonly<Record<string, string>> = {
  ...{ norm1: 'attentionNorm', 'attn.proj': 'attention.output', norm2: 'mlpNorm', 'mlp.fc1': 'mlp.in', 'mlp.fc2': 'mlp.out' },
};
const reversed = (names: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(names).map(([theirs, own]) => [own, theirs]));
const readers = ['query', 'key', 'value'] as const;

/** A name with the block's part translated; circuits have the same name but for `attn`. */
function translated(
  name: string,
  ends: Readonly<Record<string, string>>,
  parts: Readonly<Record<string, string>>,
  attention: string,
): string {
  const [, block = '', part = '', last = ''] = /^(blocks\.\d+\.)(.*)\.(\w+)$/.exec(name) ?? [];
  if (block === '') return ends[name] ?? name;
  return last === 'qk' || last === 'ov' ? `${block}${attention}.${last}` : `${block}${parts[part] ?? part}.${last}`;
}

/** Patches as the fixtures flatten them, (channel, row, column), in our order, (row, column, channel); the rest by name. */
function fromVitNames(tensors: Tensors): Tensors {
  const params: Tensors = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const [, block, part] = /^(blocks\.\d+)\.attn\.qkv\.(weight|bias)$/.exec(name) ?? [];
    if (name === 'patch_embed.weight') params['patches.weight'] = tf.reshape(tf.transpose(tensor, [0, 2, 3, 1]), [tensor.shape[0]!, -1]);
    else if (block === undefined) params[translated(name, outside, inside, 'attention')] = tensor;
    else tf.split(tensor, 3).forEach((one, at) => (params[`${block}.attention.${readers[at]!}.${part!}`] = one));
  }
  return params;
}

/** The reverse, for parameters and gradients of either form. */
export function toVitNames(params: Tensors, patch: number): Tensors {
  const tensors: Tensors = {};
  for (const [name, tensor] of Object.entries(params)) {
    const [, block, reader, part] = /^(blocks\.\d+)\.attention\.(query|key|value)\.(weight|bias)$/.exec(name) ?? [];
    if (name === 'patches.weight')
      tensors['patch_embed.weight'] = tf.transpose(tf.reshape(tensor, [tensor.shape[0]!, patch, patch, -1]), [0, 3, 1, 2]);
    else if (block === undefined) tensors[translated(name, reversed(outside), reversed(inside), 'attn')] = tensor;
    else if (reader === 'query')
      tensors[`${block}.attn.qkv.${part!}`] = tf.concat(readers.map((one) => params[`${block}.attention.${one}.${part!}`]!));
  }
  return tensors;
}
