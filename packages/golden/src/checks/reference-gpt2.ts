import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Network, type Tensors } from '@basinlab/core';
import { standard } from '@basinlab/models-asymmetric';
import { gpt2, gpt2Circuits, gpt2FromTransformers, gpt2ToTransformers } from '@basinlab/models-transformer';
import { z } from 'zod';
import type { GoldenFixture } from '../contract.js';
import { toDevice } from '../inputs.js';
import { renamed } from './reference-mlp.js';

const sizes = z.object({
  ...{ d: z.number(), H: z.number(), L: z.number(), V: z.number(), T: z.number(), f: z.number() },
  ...{ eps: z.number(), tied: z.boolean().optional() },
});
/** Sizes of a GPT-2: width d, heads H, layers L, vocabulary V, context T, MLP width f. */
export const gpt2Sizes = ({ parameters }: GoldenFixture): z.output<typeof sizes> => sizes.parse(parameters);

const optionsOf = (fixture: GoldenFixture) => {
  const { d, H, L, V, T, f, eps } = gpt2Sizes(fixture);
  return { vocabulary: V, positions: T, width: d, heads: H, layers: L, units: f, epsilon: eps };
};

/** Our network for a GPT-2 of the transformers library, and its parameters from the fixture's inputs that start with `prefix`. Call it inside `tf.tidy`. */
export function referenceGpt2(fixture: GoldenFixture, prefix = '', norm: 'layer' | 'rms' = 'layer'): { network: Network; params: Tensors } {
  const named = Object.entries(fixture.inputs).flatMap(([name, tensor]) =>
    name.startsWith(prefix) && /^(transformer|lm_head)\./.test(name.slice(prefix.length))
      ? [[name.slice(prefix.length), tensor] as const]
      : [],
  );
  const tied = gpt2Sizes(fixture).tied ?? !named.some(([name]) => name === 'lm_head.weight');
  const params = gpt2FromTransformers(Object.fromEntries(named.map(([name, tensor]) => [name, toDevice(tensor)])), { tied });
  return { network: gpt2Network(fixture, tied, norm), params };
}

/** A GPT-2 of the fixture's sizes. */
export const gpt2Network = (fixture: GoldenFixture, tied: boolean, norm: 'layer' | 'rms'): Network =>
  buildNetwork({ architecture: gpt2, options: { ...optionsOf(fixture), tied, norm }, breaking: standard });

/** A GPT-2 of the fixture's sizes, or of others, in circuit form. */
export const circuitsNetwork = (fixture: GoldenFixture, other: object = {}): Network =>
  buildNetwork({ architecture: gpt2Circuits, options: { ...optionsOf(fixture), ...other }, breaking: standard });

/** Names in the fixtures' circuit form, of embeddings and head and of what a block has. */
const circuitNames: Readonly<Record<string, string>> = {
  ...{ 'tokens.weight': 'wte', 'positions.weight': 'wpe', 'norm.bias': 'ln_f.bias', 'head.weight': 'lm_head.weight' },
};
const circuitNamesInBlock: Readonly<Record<string, string>> = {
  ...{
    'attentionNorm.bias': 'ln_1.bias',
    'attention.qk': 'attn.qk',
    'attention.ov': 'attn.ov',
    'attention.output.bias': 'attn.c_proj.bias',
  },
  ...{ 'mlpNorm.bias': 'ln_2.bias', 'mlp.in.weight': 'mlp.c_fc.weight', 'mlp.in.bias': 'mlp.c_fc.bias' },
  ...{ 'mlp.out.weight': 'mlp.c_proj.weight', 'mlp.out.bias': 'mlp.c_proj.bias' },
};
const reversed = (names: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(names).map(([own, theirs]) => [theirs, own]));

/** Under the names of the fixtures' circuit form, linear layers [inputs, outputs]. */
export const toCircuitNames = (params: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => {
      const [, block = '', part = ''] = /^blocks\.(\d+)\.(.*)$/.exec(name) ?? [];
      const turned = /\.mlp\.(in|out)\.weight$/.test(name) ? tf.transpose(tensor) : tensor;
      return [circuitNames[name] ?? `h.${block}.${circuitNamesInBlock[part]!}`, turned];
    }),
  );

/** The reverse of {@link toCircuitNames}. */
export function fromCircuitNames(tensors: Tensors): Tensors {
  const [outside, inside] = [reversed(circuitNames), reversed(circuitNamesInBlock)];
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const [, block = '', part = ''] = /^h\.(\d+)\.(.*)$/.exec(name) ?? [];
      const turned = /\.mlp\.c_(fc|proj)\.weight$/.test(name) ? tf.transpose(tensor) : tensor;
      return [outside[name] ?? `blocks.${block}.${inside[part]!}`, turned];
    }),
  );
}

/** Parameters of `gpt2` under the library's names, each with the prefix. */
export const toTransformersNames = (params: Tensors, prefix: string): Tensors =>
  renamed(gpt2ToTransformers(params), (name) => `${prefix}${name}`);
