// The smallest member of each plugin family that its suite accepts; tests break them one property at a time.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/tensor';
import { childKey, normal } from '@basinlab/tensor/random';
import { z } from 'zod';
import type { Architecture, Dataset, Engine, Metric, WeightRebasinStrategy, SymmetryBreaking } from '../../contracts/index.js';
import { sampleNormal } from './sample.js';

const mlpOptions = z.strictObject({ width: z.number().int().positive().default(8) });
type MlpOptions = z.output<typeof mlpOptions>;

export const tinyMlp: Architecture<MlpOptions> = {
  id: 'tiny-mlp',
  summary: 'one hidden layer',
  options: mlpOptions,
  params: ({ width }) => [
    {
      name: 'hidden.weight',
      shape: [width, 6],
      init: { kind: 'normal', deviation: 1 },
      role: 'weight',
      axes: [{ group: 'hidden' }, null],
      fanIn: 6,
    },
    { name: 'hidden.bias', shape: [width], init: { kind: 'zeros' }, role: 'bias', axes: [{ group: 'hidden' }] },
    {
      name: 'out.weight',
      shape: [3, width],
      init: { kind: 'normal', deviation: 1 },
      role: 'weight',
      axes: [null, { group: 'hidden' }],
      fanIn: width,
    },
  ],
  activations: ({ width }) => [{ layer: 'hidden', units: width, axis: { group: 'hidden' } }],
  activation: () => 'relu',
  apply(_, params, x, context) {
    const z1 = tf.add(tf.matMul(x as Tensor2D, params['hidden.weight'] as Tensor2D, false, true), params['hidden.bias']!);
    const h = context.activate('hidden', z1);
    context.tap({ layer: 'hidden', site: 'post-activation', group: 'hidden' }, h);
    return tf.matMul(h as Tensor2D, params['out.weight'] as Tensor2D, false, true);
  },
};

const breakingOptions = z.strictObject({ scale: z.number().default(1) });

export const tinyBreaking: SymmetryBreaking<z.output<typeof breakingOptions>> = {
  id: 'tiny-breaking',
  summary: 'every second weight is fixed',
  options: breakingOptions,
  constants(spec, { scale }, key) {
    if (spec.role !== 'weight') return null;
    const mask = tf.tensor(
      Array.from({ length: tf.util.sizeFromShape([...spec.shape]) }, (_, i) => i % 2),
      [...spec.shape],
    );
    const noise = tf.tensor(normal(childKey(key, 'noise'), mask.size, { deviation: scale }), [...spec.shape]);
    return { scale: mask, shift: tf.mul(tf.sub(1, mask), noise) };
  },
};

/** Matches hidden units by their input weights: exact for permuted copies, greedy otherwise. */
export const tinyRebasin: WeightRebasinStrategy = {
  id: 'tiny-rebasin',
  summary: 'greedy matching of input weights',
  needs: 'weights',
  async align(a, b, { signal }) {
    signal?.throwIfAborted();
    const [rowsA, rowsB] = await Promise.all([a, b].map(async ({ params }) => (await params['hidden.weight']!.array()) as number[][]));
    const free = new Set(rowsB!.keys());
    const indices = rowsA!.map((row) => {
      const distance = (j: number) => row.reduce((sum, value, i) => sum + (value - rowsB![j]![i]!) ** 2, 0);
      const best = [...free].reduce((near, j) => (distance(j) < distance(near) ? j : near));
      free.delete(best);
      return best;
    });
    return { hidden: { kind: 'permutation', indices: Int32Array.from(indices) } };
  },
};

export const tinyMetric: Metric<{ sum: number; rows: number }> = {
  id: 'tiny-metric',
  inputs: ['activations:a'],
  range: [0, 1],
  init: () => ({ sum: 0, rows: 0 }),
  update({ sum, rows }, batch) {
    const column = batch.columns.find(({ field }) => field.model === 'a');
    demand(column !== undefined, 'tiny-metric', 'needs activations of model a', 'none');
    return { sum: sum + tf.sum(tf.sigmoid(tf.mean(column.tensor, 1))).dataSync()[0]!, rows: rows + batch.rows };
  },
  result: ({ sum, rows }) => [{ name: 'mean', value: sum / rows }],
};

export const tinyDataset: Dataset<Record<string, never>> = {
  id: 'tiny-dataset',
  summary: 'normal noise',
  options: z.strictObject({}),
  status: async () => ({ available: true, where: 'made here' }),
  async load() {
    const split = (name: string, samples: number) => ({
      inputs: sampleNormal(name, [samples, 2]),
      labels: tf.tensor1d(
        Array.from({ length: samples }, (_, i) => i % 3),
        'int32',
      ),
    });
    const [train, validation, test] = [split('train', 6), split('validation', 2), split('test', 3)];
    const all: Tensor[] = [train, validation, test].flatMap(({ inputs, labels }) => [inputs, labels]);
    return { train, validation, test, classes: 3, inputShape: [2], dispose: () => tf.dispose(all) };
  },
};

export const tinyEngine: Engine = {
  id: 'cpu',
  summary: 'the plain JavaScript backend of TensorFlow.js',
  status: async () => ({ available: true, detail: 'always there' }),
  async start() {
    await tf.setBackend('cpu');
    return { id: 'cpu', backend: 'cpu', platform: 'cpu', details: {} };
  },
};
