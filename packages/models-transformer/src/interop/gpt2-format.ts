import { demand, type WeightFormat } from '@basinlab/core';
import { z } from 'zod';
import type { Gpt2Options } from '../architectures/gpt2.js';
import { gpt2FromTransformers, gpt2ToTransformers } from './transformers-gpt2.js';
import { parseSettings } from './parse-settings.js';

const count = z.number().int().positive();

/** What of a `config.json` of the transformers library says which GPT-2 it is; anything else there is for training or generation. */
const config = z.object({
  model_type: z.literal('gpt2'),
  vocab_size: count,
  n_positions: count,
  n_embd: count,
  n_layer: count,
  n_head: count,
  n_inner: count.nullish(),
  activation_function: z.literal('gelu_new').default('gelu_new'),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
  scale_attn_weights: z.literal(true).default(true),
  scale_attn_by_inverse_layer_idx: z.literal(false).default(false),
});

/** `GPT2LMHeadModel` of the transformers library: `model.safetensors` and `config.json`. */
export const gpt2Format: WeightFormat<Gpt2Options> = {
  id: 'transformers',
  model: 'gpt2',
  write(params, { norm, experts }) {
    demand(norm === 'layer', 'gpt2', 'the norm layer, which is what GPT-2 has in transformers', norm);
    demand(experts === undefined, 'gpt2', 'one MLP in each layer, which is what GPT-2 has in transformers', `${experts?.count} experts`);
    return gpt2ToTransformers(params);
  },
  read: (tensors, { tied, positions }) => gpt2FromTransformers(tensors, { tied, positions }),
  settings: ({ vocabulary, positions, width, layers, heads, units, tied, epsilon }) => ({
    ...{ architectures: ['GPT2LMHeadModel'], model_type: 'gpt2', torch_dtype: 'float32' },
    ...{ vocab_size: vocabulary, n_positions: positions, n_embd: width, n_layer: layers, n_head: heads, n_inner: units ?? 4 * width },
    ...{ activation_function: 'gelu_new', layer_norm_epsilon: epsilon, tie_word_embeddings: tied },
    ...{ attn_pdrop: 0, embd_pdrop: 0, resid_pdrop: 0 },
    // GPT-2's own would be tokens that a small vocabulary does not have.
    ...{ bos_token_id: null, eos_token_id: null },
  }),
  options(settings) {
    const data = parseSettings(config, 'a GPT-2 with learned positions, gelu_new and scaled attention', settings);
    return {
      ...{ vocabulary: data.vocab_size, positions: data.n_positions, width: data.n_embd, layers: data.n_layer, heads: data.n_head },
      ...{ units: data.n_inner ?? 4 * data.n_embd, epsilon: data.layer_norm_epsilon, tied: data.tie_word_embeddings },
    };
  },
};
