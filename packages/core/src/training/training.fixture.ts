import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { keyFromSeed, normal, randomInt } from '@basinlab/tensor/random';
import { lastValueFrom, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { z } from 'zod';
import type { Architecture, LoadedDataset, MetricRow, Network, Split, SymmetryBreaking } from '../contracts/index.js';
import { buildNetwork } from '../network/index.js';
import type { Checkpoint, StoredTree } from '../store/checkpoint.js';
import { populationKeys } from './keys.js';
import { adamw } from './optimizers/index.js';
import { defineUpdateRule } from './update-rule.js';
import { constant } from './schedules/index.js';
import type { TrainedEvent, TrainingEvent, TrainingPlan } from './train-population.js';

const inputs = 4;
const units = 6;
const classes = 3;
const axes = [null];

/** Two dense layers with a running mean between them, so that training has state to carry. */
const tiny: Architecture<Record<string, never>> = {
  id: 'tiny',
  summary: 'Two dense layers',
  options: z.strictObject({}),
  params: () => [
    { name: 'a', shape: [units, inputs], init: { kind: 'normal', deviation: 0.5 }, role: 'weight', axes: [null, null], fanIn: inputs },
    { name: 'b', shape: [classes, units], init: { kind: 'normal', deviation: 0.5 }, role: 'weight', axes: [null, null], fanIn: units },
    { name: 'c', shape: [classes], init: { kind: 'zeros' }, role: 'bias', axes },
  ],
  state: () => [{ name: 'mean', shape: [units], axes, init: 0, momentum: 0.1 }],
  activations: () => [{ layer: 'hidden', units, axis: { group: 'hidden' } }],
  activation: () => 'relu',
  apply: (_, params, x, context) => {
    const hidden = tf.matMul(x as Tensor2D, params['a'] as Tensor2D, false, true);
    context.observe('mean', tf.mean(hidden, 0));
    return tf.add(tf.matMul(context.activate('hidden', hidden) as Tensor2D, params['b'] as Tensor2D, false, true), params['c']!);
  },
};

/** The first input of every unit is fixed at 0.5. */
const pinned: SymmetryBreaking<Record<string, never>> = {
  id: 'pinned',
  summary: 'One fixed weight per unit',
  options: z.strictObject({}),
  constants(spec) {
    if (spec.role !== 'weight') return null;
    const [rows = 0, columns = 0] = spec.shape;
    const first = tf.oneHot(tf.zeros([rows], 'int32'), columns, 1, 0, 'float32');
    return { scale: tf.sub(1, first), shift: tf.mul(first, 0.5) };
  },
};

export const tinyNetwork = (): Network => buildNetwork({ architecture: tiny, options: {}, breaking: pinned });

/** Points around one centre per class. */
export function blobs(samples: number, seed: number): Split {
  const labels = randomInt(keyFromSeed(seed), samples, 0, classes);
  const noise = normal(keyFromSeed(seed + 1), samples * inputs, { deviation: 0.4 });
  const points = noise.map((value, index) => value + (labels[Math.floor(index / inputs)] === index % inputs ? 2 : 0));
  return { inputs: tf.tensor2d(points, [samples, inputs]), labels: tf.tensor1d(labels, 'int32') };
}

/** The points of `blobs`; label k says whether coordinate k is above 1. */
export function marks(samples: number, seed: number): Split {
  const split = blobs(samples, seed);
  return { ...split, labels: tf.tidy(() => tf.cast(tf.greater(tf.slice(split.inputs, [0, 0], [samples, classes]), 1), 'float32')) };
}

/** The points of `blobs`; their values are their first coordinates. */
export function values(samples: number, seed: number): Split {
  const split = blobs(samples, seed);
  return { ...split, labels: tf.slice(split.inputs, [0, 0], [samples, classes]) };
}

let data: Pick<LoadedDataset, 'train' | 'validation'> | undefined;

/** 100 samples in batches of 16: six full ones and one of 4. */
export function smallPlan({ models = 1, ...changes }: Partial<TrainingPlan> & { models?: number } = {}): TrainingPlan {
  data ??= { train: blobs(100, 1), validation: blobs(30, 3) };
  return {
    network: tinyNetwork(),
    updateRule: defineUpdateRule({ optimizer: adamw, schedule: constant, learningRate: 0.02 }),
    data,
    keys: populationKeys(7, models),
    epochs: 2,
    batch: 16,
    ...changes,
  };
}

export async function collect(events$: Observable<TrainingEvent>): Promise<{ events: TrainingEvent[]; rows: MetricRow[] }> {
  const events = await lastValueFrom(events$.pipe(toArray()));
  return { events, rows: events.flatMap((event) => (event.kind === 'metric' ? event.rows : [])) };
}

/** Host values of every parameter and state entry of the trained models; releases their tensors. */
export function parametersOf(events: readonly TrainingEvent[]): Record<string, number[]>[] {
  const { models } = events.at(-1) as TrainedEvent;
  const values = models.map(({ params, state }) =>
    Object.fromEntries(Object.entries({ ...params, ...state }).map(([name, x]) => [name, Array.from(x.dataSync())])),
  );
  tf.dispose(models as never);
  return values;
}

/** Keeps checkpoints in memory, in the form the store reads them. */
export function memorySink() {
  const saved = new Map<number, Checkpoint<StoredTree>>();
  const copy = (tree: object): object =>
    Object.fromEntries(
      Object.entries(tree).map(([name, node]: [string, object]) => [
        name,
        'data' in node ? { dtype: 'F32', ...node, data: (node.data as Float32Array).slice() } : copy(node),
      ]),
    );
  return {
    saved,
    checkpoint: (epoch: number, { arrays, counters }: Checkpoint): Promise<string> => {
      saved.set(epoch, { arrays: copy(arrays) as StoredTree, counters });
      return Promise.resolve(`epoch ${epoch}`);
    },
  };
}
