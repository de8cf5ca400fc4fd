import { demand } from '@basinlab/core';
import type { StoredTensor } from '@basinlab/core/store';

// Encoders of fairseq, under the names that RoBERTa has in the transformers library.

/** A model under the names of the transformers library. */
export interface ConvertedModel {
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  /** As its `config.json` there would have them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const inside = {
  'self_attn.q_proj': 'attention.self.query',
  'self_attn.k_proj': 'attention.self.key',
  'self_attn.v_proj': 'attention.self.value',
  'self_attn.out_proj': 'attention.output.dense',
  self_attn_layer_norm: 'attention.output.LayerNorm',
  fc1: 'intermediate.dense',
  fc2: 'output.dense',
  final_layer_norm: 'output.LayerNorm',
} as const;
const outside: Readonly<Record<string, string>> = {
  'embed_tokens.weight': 'embeddings.word_embeddings.weight',
  'embed_positions.weight': 'embeddings.position_embeddings.weight',
  'emb_layer_norm.weight': 'embeddings.LayerNorm.weight',
  'emb_layer_norm.bias': 'embeddings.LayerNorm.bias',
  'layernorm_embedding.weight': 'embeddings.LayerNorm.weight',
  'layernorm_embedding.bias': 'embeddings.LayerNorm.bias',
};

/** Of LayerNorm in fairseq, which has no setting for it. */
const EPSILON = 1e-5;

/**
 * A masked language model of fairseq (`RobertaModel`, https://github.com/facebookresearch/fairseq) as one of the transformers library.
 * @param args settings of its training
 * @throws BasinlabError for another model, or settings of another function
 */
export function fromFairseq(
  file: string,
  args: ReadonlyMap<unknown, unknown>,
  model: Readonly<Record<string, StoredTensor>>,
): ConvertedModel {
  const setting = (name: string, required: unknown, byDefault: unknown): void => {
    const got = args.get(name) ?? byDefault;
    demand(got === required, file, `a RoBERTa of fairseq, with ${name} ${String(required)}`, String(got));
  };
  setting('task', 'masked_lm', 'masked_lm');
  setting('activation_fn', 'gelu', 'gelu');
  setting('encoder_normalize_before', false, false);
  const heads = args.get('encoder_attention_heads');
  demand(typeof heads === 'number', file, 'encoder_attention_heads among its settings', String(heads));
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, tensor] of Object.entries(model)) tensors[renamed(file, name)] = tensor;
  const part = (name: string): StoredTensor => {
    const tensor = tensors[name];
    demand(tensor !== undefined, file, `a tensor ${name}, by its name in transformers`, 'none', 'Is it a RobertaModel?');
    return tensor;
  };
  const [words, positions] = [part('roberta.embeddings.word_embeddings.weight'), part('roberta.embeddings.position_embeddings.weight')];
  const width = words.shape[1]!;
  tensors['roberta.embeddings.token_type_embeddings.weight'] = { dtype: 'F32', shape: [1, width], data: new Float32Array(width) };
  const decoder = part('lm_head.decoder.weight');
  const isTied = decoder.data.every((value, at) => value === words.data[at]);
  const layers = Object.keys(tensors).filter((name) => name.endsWith('.output.LayerNorm.weight') && !name.includes('attention')).length;
  return {
    tensors,
    settings: {
      ...{ model_type: 'roberta', architectures: ['RobertaForMaskedLM'], vocab_size: words.shape[0], hidden_size: width },
      ...{ max_position_embeddings: positions.shape[0], num_hidden_layers: layers, num_attention_heads: heads },
      ...{ intermediate_size: part('roberta.encoder.layer.0.intermediate.dense.bias').shape[0], layer_norm_eps: EPSILON },
      ...{ hidden_act: 'gelu', tie_word_embeddings: isTied },
    },
  };
}

function renamed(file: string, name: string): string {
  const [, inner] = /^(?:decoder|encoder)\.sentence_encoder\.(.+)$/.exec(name) ?? [];
  if (inner !== undefined) {
    if (outside[inner] !== undefined) return `roberta.${outside[inner]}`;
    const [, layer, rest, part] = /^layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(inner) ?? [];
    const theirs = (inside as Readonly<Record<string, string>>)[rest ?? ''];
    if (theirs !== undefined) return `roberta.encoder.layer.${layer!}.${theirs}.${part!}`;
  }
  const [, head] = /^(?:decoder|encoder)\.lm_head\.(.+)$/.exec(name) ?? [];
  if (head === 'weight') return 'lm_head.decoder.weight';
  if (head !== undefined) return `lm_head.${head}`;
  demand(false, file, 'tensors of a RobertaModel of fairseq', name);
}
