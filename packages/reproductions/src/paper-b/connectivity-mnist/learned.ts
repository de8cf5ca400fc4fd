import { curveNetwork, type CurveNetwork, type CurveShape } from '@basinlab/connectivity';
import type { Network, Variables } from '@basinlab/core';
import { drain } from '@basinlab/core/pipeline';
import {
  adam,
  cosine,
  createEvaluator,
  defineRule,
  populationKeys,
  strategyFor,
  trainPopulation,
  type Evaluation,
} from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import type { MeasureContext } from './context.js';

/** A trained path between two models. */
export interface LearnedCurve {
  readonly path: CurveNetwork;
  readonly variables: Variables;
  /** Releases its tensors; the ends stay the caller's. */
  dispose(): void;
}

/** Trains the bend of a path on the train split, with the loop that trains everything. */
export async function learnCurve(
  network: Network,
  [start, end]: readonly [Variables, Variables],
  shape: CurveShape,
  stage: string,
  { config, data, engine, signal, emit }: MeasureContext,
): Promise<LearnedCurve> {
  const { epochs, learningRate } = config.learned;
  const path = curveNetwork(network, start, end, { shape });
  const rule = defineRule({ optimizer: adam, schedule: cosine, scheduleOptions: { length: epochs }, learningRate });
  const keys = populationKeys(config.seed, 1);
  const plan = { network: path, rule, data, keys, epochs, batch: config.training.batchSize, strategy: strategyFor(engine.platform) };
  let variables: Variables | undefined;
  await drain(trainPopulation(plan), {
    signal,
    onEvent: (event) => {
      if (event.kind === 'trained') [variables] = event.models;
      else if (event.kind === 'progress') emit({ ...event, stage });
    },
  });
  return { path, variables: variables!, dispose: () => tf.dispose(variables as unknown as tf.TensorContainer) };
}

/** Loss and accuracy of the test split along a learned path. */
export async function evaluateCurve(
  { path, variables }: LearnedCurve,
  times: readonly number[],
  { data }: MeasureContext,
): Promise<Evaluation[]> {
  const evaluator = createEvaluator(path);
  const results: Evaluation[] = [];
  for (const at of times) {
    const time = tf.scalar(at);
    results.push((await evaluator.evaluate(path.at(variables, time), data.test))[0]!);
    time.dispose();
  }
  evaluator.dispose();
  return results;
}
