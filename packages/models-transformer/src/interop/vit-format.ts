import { demand, type WeightFormat } from '@basinlab/core';
import { z } from 'zod';
import type { VitOptions } from '../architectures/vit.js';
import { vitFromTransformers, vitToTransformers } from './transformers-vit.js';
import { parseSettings } from './parse-settings.js';

const count = z.number().int().positive();

/** What of a `config.json` of the transformers library says which ViT it is. */
const config = z.object({
  model_type: z.literal('vit'),
  image_size: z.union([count, z.tuple([count, count])]),
  patch_size: count,
  num_channels: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  intermediate_size: count,
  hidden_act: z.literal('gelu').default('gelu'),
  layer_norm_eps: z.number().positive().default(1e-12),
  qkv_bias: z.literal(true).default(true),
  id2label: z.record(z.string(), z.string()).optional(),
  num_labels: count.optional(),
});

/** `ViTForImageClassification` of the transformers library: `model.safetensors` and `config.json`. */
export const vitFormat: WeightFormat<VitOptions> = {
  id: 'transformers',
  model: 'vit',
  write(params, { norm, pooling, patch }) {
    demand(norm === 'layer', 'vit', 'the norm layer, which is what ViT has in transformers', norm);
    demand(pooling === 'class-token', 'vit', 'pooling class-token, which is what ViT has in transformers', pooling);
    return vitToTransformers(params, patch);
  },
  read: (tensors) => vitFromTransformers(tensors),
  settings({ inputs: [height, breadth, channels], patch, width, layers, heads, units, classes, epsilon }) {
    demand(height === breadth, 'vit', 'square images, which is what ViT has in transformers', [height, breadth]);
    return {
      ...{ architectures: ['ViTForImageClassification'], model_type: 'vit', torch_dtype: 'float32' },
      ...{ image_size: height, patch_size: patch, num_channels: channels, hidden_size: width, num_hidden_layers: layers },
      ...{ num_attention_heads: heads, intermediate_size: units ?? 4 * width, hidden_act: 'gelu', layer_norm_eps: epsilon, qkv_bias: true },
      ...{ hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 },
      id2label: Object.fromEntries(Array.from({ length: classes }, (_, label) => [String(label), `LABEL_${label}`])),
      label2id: Object.fromEntries(Array.from({ length: classes }, (_, label) => [`LABEL_${label}`, label])),
    };
  },
  options(settings) {
    const data = parseSettings(config, 'a ViT with gelu and biases', settings);
    const [height, breadth] = typeof data.image_size === 'number' ? [data.image_size, data.image_size] : data.image_size;
    return {
      ...{ inputs: [height, breadth, data.num_channels], patch: data.patch_size, width: data.hidden_size, layers: data.num_hidden_layers },
      ...{ heads: data.num_attention_heads, units: data.intermediate_size, epsilon: data.layer_norm_eps, pooling: 'class-token' },
      classes: data.num_labels ?? Object.keys(data.id2label ?? { 0: '', 1: '' }).length,
    };
  },
};
