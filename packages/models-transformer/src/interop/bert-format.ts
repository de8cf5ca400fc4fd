import type { WeightFormat } from '@basinlab/core';
import { z } from 'zod';
import type { BertOptions } from '../architectures/bert.js';
import { encoderFromTransformers, encoders, encoderToTransformers, type Encoder } from './transformers-bert.js';
import { parseSettings } from './parse-settings.js';

const count = z.number().int().positive();

/** What of a `config.json` of the transformers library says which encoder it is. */
const config = z.object({
  model_type: z.enum(['bert', 'roberta']),
  /** Which model of the library; those that end on `Model` have no head. */
  architectures: z.array(z.string()).nullish(),
  vocab_size: count,
  max_position_embeddings: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  intermediate_size: count,
  hidden_act: z.literal('gelu').default('gelu'),
  layer_norm_eps: z.number().positive().default(1e-12),
  position_embedding_type: z.literal('absolute').default('absolute'),
  is_decoder: z.literal(false).default(false),
  tie_word_embeddings: z.boolean().default(true),
});

const formatOf = (encoder: Encoder, id: string): WeightFormat<BertOptions> => {
  const { model, unused } = encoders[encoder];
  return {
    id,
    model: encoder,
    write: (params, options) => encoderToTransformers(params, encoder, options),
    read: (tensors, options) => encoderFromTransformers(tensors, encoder, options),
    settings: ({ vocabulary, positions, width, layers, heads, units, head, tied, epsilon }) => ({
      ...{
        architectures: [head === 'tokens' ? model : model.replace('ForMaskedLM', 'Model')],
        model_type: encoder,
        torch_dtype: 'float32',
      },
      ...{ vocab_size: vocabulary, max_position_embeddings: positions + unused, type_vocab_size: 1, hidden_size: width },
      ...{ num_hidden_layers: layers, num_attention_heads: heads, intermediate_size: units ?? 4 * width, hidden_act: 'gelu' },
      ...{ layer_norm_eps: epsilon, tie_word_embeddings: tied, position_embedding_type: 'absolute' },
      ...{ hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 },
      // Theirs would be tokens that a small vocabulary does not have. Positions of RoBERTa count from behind that of padding.
      ...{ bos_token_id: null, eos_token_id: null, pad_token_id: encoder === 'roberta' ? unused - 1 : null },
    }),
    options(settings) {
      const data = parseSettings(config, 'an encoder with gelu and absolute positions', settings);
      return {
        ...{ vocabulary: data.vocab_size, positions: data.max_position_embeddings - unused, width: data.hidden_size },
        ...{ layers: data.num_hidden_layers, heads: data.num_attention_heads, units: data.intermediate_size },
        ...{
          head: data.architectures?.[0]?.endsWith('Model') ? 'states' : 'tokens',
          tied: data.tie_word_embeddings,
          epsilon: data.layer_norm_eps,
        },
      };
    },
  };
};

/** `BertForMaskedLM`, or `BertModel`, of the transformers library: `model.safetensors` and `config.json`. */
export const bertFormat = formatOf('bert', 'transformers');

/** The same under the names of `RobertaForMaskedLM` and `RobertaModel`. */
export const robertaFormat = formatOf('roberta', 'transformers-roberta');
