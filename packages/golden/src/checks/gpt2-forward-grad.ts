import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import { taskLoss, valueAndGradients } from '@basinlab/core/training';
import { gpt2ToTransformers } from '@basinlab/models-transformer';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { gpt2Sizes, referenceGpt2 } from './reference-gpt2.js';
import { hostValues, renamed } from './reference-mlp.js';

/** What the fixtures call activations, by layer and site of ours; `h.0` stands for a block. */
const places: Readonly<Record<string, string>> = {
  'attention input': 'ln_1',
  'attention.output post-linear': 'attn.out',
  'attention.shares post-norm': 'attn.probabilities',
  'attention.output post-activation': 'resid_mid',
  'mlp input': 'ln_2',
  'mlp post-linear': 'mlp.pre',
  'mlp post-activation': 'mlp.act',
  'mlp.out post-linear': 'mlp.out',
};

function theirNames(layer: string, site: string, layers: number): string | null {
  if (layer === 'tokens') return 'act.h.0.resid_pre';
  if (layer === 'norm') return 'act.ln_f';
  const [, block = '', part = ''] = /^blocks\.(\d+)\.(.*)$/.exec(layer) ?? [];
  if (part === 'mlp.out' && site === 'post-activation') {
    const next = Number(block) + 1;
    return next === layers ? 'act.resid_final' : `act.h.${next}.resid_pre`;
  }
  const name = places[`${part} ${site}`];
  return name === undefined ? null : `act.h.${block}.${name}`;
}

/** Logits, next-token loss, gradients of all parameters and activations of a GPT-2. */
export const gpt2ForwardGradCheck: GoldenCheck = {
  kinds: ['gpt2_forward_grad'],
  compute: (fixture) =>
    hostValues(() => {
      const { network, params } = referenceGpt2(fixture);
      const ids = toDevice(inputOf(fixture, 'ids'));
      const [batch, length] = ids.shape as [number, number];
      const { value, gradients } = valueAndGradients((trial) => {
        const { logits } = network.apply({ params: trial, constants: {}, state: {} }, tf.slice(ids, [0, 0], [batch, length - 1]));
        return { value: taskLoss('next-token', logits, tf.slice(ids, [0, 1], [batch, length - 1])), aside: {} };
      }, params);
      const activations: Tensors = {};
      const joined: Record<string, tf.Tensor[]> = {};
      const { L: layers } = gpt2Sizes(fixture);
      const { logits } = network.apply({ params, constants: {}, state: {} }, ids, {
        tap({ layer, site }, tensor) {
          const reader = /^blocks\.(\d+)\.attention\.(query|key|value)$/.exec(layer);
          if (reader !== null && site === 'post-linear') (joined[`act.h.${reader[1]!}.attn.qkv`] ??= []).push(tensor);
          const name = theirNames(layer, site, layers);
          if (name !== null) activations[name] = tensor;
        },
      });
      for (const [name, tensors] of Object.entries(joined)) activations[name] = tf.concat(tensors, -1);
      const theirs = renamed(gpt2ToTransformers(gradients), (name) =>
        name === 'lm_head.weight' && params['head.weight'] === undefined ? null : `grad.${name}`,
      );
      return { logits, loss: value, ...theirs, ...activations };
    }),
};
