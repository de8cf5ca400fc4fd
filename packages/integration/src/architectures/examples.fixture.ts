import * as tf from '@tensorflow/tfjs-core';
import type { Graph } from '@basinlab/core';
import type { Shaped } from '@basinlab/rebasin';

interface ArchitectureExample {
  readonly options: Record<string, unknown>;
  readonly input: Shaped;
  readonly graph?: () => Graph;
}

/** A ring of five nodes with three features. */
const ring = (): Graph => ({
  features: tf.tensor2d(
    Float32Array.from({ length: 15 }, (_, i) => Math.sin(i)),
    [5, 3],
  ),
  sources: tf.tensor1d([4, 0, 1, 2, 3], 'int32'),
  targets: tf.tensor1d([0, 1, 2, 3, 4], 'int32'),
  offsets: tf.tensor1d([0, 1, 2, 3, 4, 5], 'int32'),
  degrees: tf.ones([5]),
});

/** Small options of every registered architecture, one for each way its parameters can be laid out, and the shape of a batch. */
export const architectureExamples: Readonly<Record<string, readonly ArchitectureExample[]>> = {
  mlp: [
    ...['layer', 'batch', 'layer-linear', 'batch-linear', 'none'].map((norm) => ({
      options: { inputs: 12, widths: [8, 7], outputs: 3, norm },
      input: { shape: [2, 12] },
    })),
    { options: { inputs: 12, widths: [8], outputs: 3, norm: 'batch', affine: false, activation: 'relu' }, input: { shape: [2, 3, 4] } },
    ...['relu', 'identity'].map((activation) => ({
      options: { inputs: 12, widths: [8, 7], outputs: 3, norm: 'none', activation },
      input: { shape: [2, 12] },
    })),
    { options: { inputs: 12, widths: [], outputs: 3 }, input: { shape: [2, 12] } },
  ],
  resnet: [
    ...['group', 'batch', 'layer', 'none'].map((norm) => ({
      options: { depth: 20, baseWidth: 2, inputs: [8, 8, 3], classes: 4, norm },
      input: { shape: [2, 8, 8, 3] },
    })),
    { options: { depth: 14, baseWidth: 3, inputs: [8, 8, 1], classes: 4, activation: 'gelu' }, input: { shape: [2, 64] } },
  ],
  gnn: ['batch', 'layer', 'batch-linear', 'none'].map((norm) => ({
    options: { inputs: 3, widths: [6, 5], outputs: 4, norm },
    input: { shape: [2], dtype: 'int32' },
    graph: ring,
  })),
  'deep-linear': [
    { options: { inputs: 5, widths: [4, 6, 5], outputs: 3 }, input: { shape: [2, 5] } },
    { options: { inputs: 5, widths: [4, 6, 5], outputs: 3, skip: 1 }, input: { shape: [2, 5] } },
  ],
  bert: [
    { options: { vocabulary: 7, positions: 5, width: 6, layers: 2, heads: 3, units: 4 }, input: { shape: [2, 5], dtype: 'int32' } },
    {
      options: { vocabulary: 7, positions: 5, width: 6, layers: 1, heads: 1, units: 4, tied: false },
      input: { shape: [2, 4], dtype: 'int32' },
    },
    {
      options: { vocabulary: 7, positions: 5, width: 6, layers: 1, heads: 2, units: 4, head: 'states' },
      input: { shape: [2, 5], dtype: 'int32' },
    },
  ],
  gpt2: [
    { options: { vocabulary: 7, positions: 5, width: 6, layers: 2, heads: 3, units: 4 }, input: { shape: [2, 5], dtype: 'int32' } },
    {
      options: { vocabulary: 7, positions: 5, width: 6, layers: 1, heads: 1, units: 4, tied: false, norm: 'rms' },
      input: { shape: [2, 4], dtype: 'int32' },
    },
    {
      options: { vocabulary: 7, positions: 5, width: 12, layers: 2, heads: 3, units: 4, position: 'rotary', gated: true },
      input: { shape: [2, 5], dtype: 'int32' },
    },
    {
      options: { vocabulary: 7, positions: 5, width: 24, layers: 1, heads: 6, keyValueHeads: 2, units: 5, position: 'rotary', norm: 'rms' },
      input: { shape: [2, 5], dtype: 'int32' },
    },
    {
      options: { vocabulary: 7, positions: 5, width: 24, layers: 1, heads: 6, keyValueHeads: 2, units: 5, norm: 'rms' },
      input: { shape: [2, 5], dtype: 'int32' },
    },
    ...[1, 2, 3].map((active) => ({
      options: { vocabulary: 7, positions: 5, width: 6, layers: 2, heads: 3, units: 4, gated: active === 2, experts: { count: 3, active } },
      input: { shape: [2, 5], dtype: 'int32' as const },
    })),
  ],
  vit: (['class-token', 'mean'] as const).map((pooling) => ({
    options: { inputs: [6, 4, 3], classes: 3, patch: 2, width: 6, layers: 2, heads: 3, units: 5, pooling },
    input: { shape: [2, 6, 4, 3] },
  })),
  'gpt2-circuits': [
    { options: { vocabulary: 7, positions: 5, width: 6, layers: 2, heads: 3, units: 4 }, input: { shape: [2, 5], dtype: 'int32' } },
  ],
  'vit-circuits': (['class-token', 'mean'] as const).map((pooling) => ({
    options: { inputs: [6, 4, 3], classes: 3, patch: 2, width: 6, layers: 2, heads: 3, units: 5, pooling },
    input: { shape: [2, 6, 4, 3] },
  })),
  'scalar-masked-relu': [{ options: { inputs: 5, width: 4 }, input: { shape: [2, 5] } }],
};
