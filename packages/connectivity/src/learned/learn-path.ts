import { demand } from '@basinlab/core';
import type { Graph, Key, Network, Split, Task, Variables } from '@basinlab/core';
import { drain } from '@basinlab/core/pipeline';
import { childKey } from '@basinlab/core/random';
import { adam, cosine, createEvaluator, defineUpdateRule, trainPopulation } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import { bezierCurve, measureCurve, pointDistance } from '../curves/index.js';
import { pointOf } from '../networks/points.js';
import { curveNetwork, type CurveNetwork, type CurveShape } from './curve-network.js';

/** How the bend of a path is trained. */
export interface LearnPathOptions {
  readonly shape: CurveShape;
  /** Of Adam, falling to 0 along a cosine. */
  readonly learningRate: number;
  readonly epochs: number;
  readonly batch: number;
  /** Draws the order of the data. */
  readonly key: Key;
  readonly execution?: 'map' | 'vmap';
  readonly signal?: AbortSignal;
}

/** What is trained on. */
export interface PathExamples {
  readonly examples: Split;
  readonly task?: Task | undefined;
  readonly graph?: Graph | undefined;
}

/** A trained path between two models. */
export interface LearnedPath {
  readonly shape: CurveShape;
  readonly ends: readonly [Variables, Variables];
  readonly path: CurveNetwork;
  readonly variables: Variables;
  /** Releases its tensors; the ends stay the caller's. */
  dispose(): void;
}

/** Trains the bend of a path between two models, with the loop that trains everything. */
export async function learnPath(
  network: Network,
  ends: readonly [Variables, Variables],
  { examples, task = 'classification', graph }: PathExamples,
  { shape, learningRate, epochs, batch, key, execution = 'map', signal }: LearnPathOptions,
): Promise<LearnedPath> {
  const path = curveNetwork(network, ...ends, { shape });
  const updateRule = defineUpdateRule({ optimizer: adam, schedule: cosine, scheduleOptions: { length: epochs }, learningRate });
  const keyOf = (role: string) => childKey(key, role);
  const own = { init: keyOf('init'), order: keyOf('order'), augment: keyOf('augment'), dropout: keyOf('dropout') };
  const keys = { constants: keyOf('constants'), models: [own] };
  // Nothing is chosen by validation.
  const validation = tf.tidy(() => ({ inputs: tf.slice(examples.inputs, 0, 0), labels: tf.slice(examples.labels, 0, 0) }));
  const data = { train: examples, validation, task, ...(graph && { graph }) };
  let variables: Variables | undefined;
  try {
    await drain(trainPopulation({ network: path, updateRule, data, keys, epochs, batch, execution }), {
      ...(signal && { signal }),
      onEvent: (event) => {
        if (event.kind === 'trained') [variables] = event.models;
      },
    });
  } finally {
    tf.dispose([validation.inputs, validation.labels]);
  }
  demand(variables !== undefined, 'learnPath', 'a training that ends with a model', 'none');
  const learned = variables;
  return { shape, ends, path, variables: learned, dispose: () => tf.dispose(learned as unknown as tf.TensorContainer) };
}

/** Loss in nats and accuracy in percent of a split along a learned path. */
export async function lossAlongPath(
  { path, variables }: LearnedPath,
  times: readonly number[],
  { examples, task, graph }: PathExamples,
): Promise<{ readonly loss: number[]; readonly accuracy: number[] }> {
  const evaluator = createEvaluator(path, { task, graph });
  const found = [];
  try {
    for (const at of times) {
      const time = tf.scalar(at);
      found.push((await evaluator.evaluate(path.at(variables, time), examples))[0]!);
      time.dispose();
    }
  } finally {
    evaluator.dispose();
  }
  return { loss: found.map(({ loss }) => loss), accuracy: found.map(({ accuracy }) => 100 * accuracy) };
}

/** Distance of the ends, length, and largest curvature of a learned path in the parameters that are trained; a chain has none at its corner. */
export async function shapeOfPath(
  { shape, ends, variables }: LearnedPath,
  intervals: number,
): Promise<{ readonly distance: number; readonly length: number; readonly curvature: number | null }> {
  const [start, bend, end] = await Promise.all([ends[0].params, variables.params, ends[1].params].map(pointOf));
  const distance = pointDistance(start!, end!);
  if (shape === 'chain') return { distance, length: pointDistance(start!, bend!) + pointDistance(bend!, end!), curvature: null };
  const { length, maximalCurvature } = measureCurve(bezierCurve(start!, bend!, end!), intervals);
  return { distance, length, curvature: maximalCurvature };
}
