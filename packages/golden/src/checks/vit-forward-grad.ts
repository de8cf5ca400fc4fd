import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Tensors } from '@basinlab/core';
import { crossEntropy, valueAndGradients } from '@basinlab/core/training';
import { standard } from '@basinlab/models-asymmetric';
import { vit } from '@basinlab/models-transformer';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { hostValues } from './reference-mlp.js';

const description = z.object({
  ...{ d: z.number(), H: z.number(), L: z.number(), f: z.number(), classes: z.number(), C: z.number(), img: z.number(), patch: z.number() },
  ...{ eps: z.number(), pooling: z.enum(['class token', 'mean']) },
});

const outside: Readonly<Record<string, string>> = {
  ...{ 'patch_embed.bias': 'patches.bias', cls_token: 'classToken.weight', pos_embed: 'positions.weight' },
  ...{ 'norm.weight': 'norm.weight', 'norm.bias': 'norm.bias', 'head.weight': 'head.weight', 'head.bias': 'head.bias' },
};
const inside = [
  ['norm1', 'attentionNorm'],
  ['attn.proj', 'attention.output'],
  ['norm2', 'mlpNorm'],
  ['mlp.fc1', 'mlp.in'],
  ['mlp.fc2', 'mlp.out'],
] as const;
const readers = ['query', 'key', 'value'] as const;
const parts = ['weight', 'bias'] as const;

/** Patches as the fixtures flatten them, (channel, row, column), in our order, (row, column, channel). */
function fromFixture(tensors: Tensors, layers: number): Tensors {
  const patches = tensors['patch_embed.weight']!;
  const params: Tensors = { 'patches.weight': tf.reshape(tf.transpose(patches, [0, 2, 3, 1]), [patches.shape[0]!, -1]) };
  for (const [theirs, own] of Object.entries(outside)) if (tensors[theirs] !== undefined) params[own] = tensors[theirs];
  for (let layer = 0; layer < layers; layer++)
    for (const part of parts) {
      const block = `blocks.${layer}`;
      for (const [theirs, own] of inside) params[`${block}.${own}.${part}`] = tensors[`${block}.${theirs}.${part}`]!;
      tf.split(tensors[`${block}.attn.qkv.${part}`]!, 3).forEach(
        (tensor, at) => (params[`${block}.attention.${readers[at]!}.${part}`] = tensor),
      );
    }
  return params;
}

/** The reverse, for gradients. */
function toFixture(params: Tensors, layers: number, patch: number): Tensors {
  const patches = params['patches.weight']!;
  const width = patches.shape[0]!;
  const tensors: Tensors = { 'patch_embed.weight': tf.transpose(tf.reshape(patches, [width, patch, patch, -1]), [0, 3, 1, 2]) };
  for (const [theirs, own] of Object.entries(outside)) if (params[own] !== undefined) tensors[theirs] = params[own];
  for (let layer = 0; layer < layers; layer++)
    for (const part of parts) {
      const block = `blocks.${layer}`;
      for (const [theirs, own] of inside) tensors[`${block}.${theirs}.${part}`] = params[`${block}.${own}.${part}`]!;
      tensors[`${block}.attn.qkv.${part}`] = tf.concat(
        readers.map((reader) => params[`${block}.attention.${reader}.${part}`]!),
        0,
      );
    }
  return tensors;
}

/** Logits, loss, gradients of all parameters and activations of a vision transformer. */
export const vitForwardGradCheck: GoldenCheck = {
  kinds: ['vit_forward_grad'],
  compute: (fixture) =>
    hostValues(() => {
      const { d, H, L, f, classes, C, img, patch, eps, pooling } = description.parse(fixture.parameters);
      const options = {
        inputs: [img, img, C] as [number, number, number],
        classes,
        patch,
        width: d,
        layers: L,
        heads: H,
        units: f,
        epsilon: eps,
      };
      const network = buildNetwork({
        architecture: vit,
        options: { ...options, pooling: pooling === 'mean' ? 'mean' : 'class-token' },
        breaking: standard,
      });
      const { images, labels, ...named } = Object.fromEntries(
        Object.keys(fixture.inputs).map((name) => [name, toDevice(inputOf(fixture, name))]),
      );
      const params = fromFixture(named, L);
      const x = tf.transpose(images!, [0, 2, 3, 1]);
      const { value, gradients } = valueAndGradients(
        (trial) => ({ value: crossEntropy(network.apply({ params: trial, constants: {}, state: {} }, x).logits, labels!), aside: {} }),
        params,
      );
      const found: Tensors = {};
      const { logits } = network.apply({ params, constants: {}, state: {} }, x, {
        tap({ layer, site }, tensor) {
          const [, block = '', part = ''] = /^blocks\.(\d+)\.(.*)$/.exec(layer) ?? [];
          if (layer === 'tokens') found['act.blocks.0.resid_pre'] = tensor;
          if (layer === 'norm') found['act.norm'] = tensor;
          if (layer === 'head') found['act.features'] = tensor;
          if (part === 'attention.shares') found[`act.blocks.${block}.attn.probabilities`] = tensor;
          if (part === 'attention.output' && site === 'post-activation') found[`act.blocks.${block}.resid_mid`] = tensor;
          if (part === 'mlp.out' && site === 'post-activation') {
            const next = Number(block) + 1;
            found[next === L ? 'act.resid_final' : `act.blocks.${next}.resid_pre`] = tensor;
          }
        },
      });
      const theirs = Object.fromEntries(Object.entries(toFixture(gradients, L, patch)).map(([name, tensor]) => [`grad.${name}`, tensor]));
      return { logits, loss: value, ...theirs, ...found };
    }),
};
