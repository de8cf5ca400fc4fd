import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, type EngineInfo, type LoadedDataset, type Network, type RunEvent, type Variables } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { StageError } from '@basinlab/core/pipeline';
import { listCheckpoints, makeFolder } from '@basinlab/core/store';
import { createEvaluator } from '@basinlab/core/training';
import type { Experiment } from '../experiment/schema.js';
import { fitToData } from '../experiment/fit-to-data.js';
import { planOf } from '../experiment/plan.js';
import { usedModules } from '../plugins/used-modules.js';
import { trainRun } from './train-run.js';

/** An experiment and where it is written. */
export interface TrainAndTestOptions {
  readonly directory: string;
  readonly experiment: Experiment;
  readonly registry: Registry;
  /** Module file -> hash, of plugins that are not built in; the run records those that it uses. */
  readonly plugins: Readonly<Record<string, string>>;
  readonly engine: EngineInfo;
  readonly data: LoadedDataset;
  readonly signal: AbortSignal;
  /** Wait for another process that trains here, instead of throwing. */
  readonly wait?: boolean;
  emit(event: RunEvent): void;
}

/** How good a model is on the test data. Models count from 1; the accuracy is a share, NaN for regression. */
export interface ModelResult {
  readonly model: number;
  readonly accuracy: number;
  readonly loss: number;
}

/**
 * Trains a population in its folder (from the start, on from an interruption, or not at all where it has finished) and tests it. `then` may
 * look at the models before their tensors go.
 */
export async function trainAndTest<T = void>(
  options: TrainAndTestOptions,
  then?: (models: readonly Variables[], network: Network) => Promise<T>,
): Promise<{ models: readonly ModelResult[]; then: T | undefined }> {
  const { directory, registry, engine, data, signal, wait = false, emit } = options;
  const experiment = fitToData(options.experiment, registry, data);
  const plugins = usedModules(experiment, registry, options.plugins);
  // Built before the folder is made, so that wrong options leave nothing behind.
  const plan = planOf(experiment, registry, data);
  const created = (await makeFolder(directory)) !== undefined;
  const models = await trainRun({ directory, experiment, plan, engine, plugins, signal, wait, emit }).catch(async (error: unknown) => {
    // Some options can only be refused where constants are drawn: then there is no run to go on with.
    if (created && isUsageError(error) && (await listCheckpoints(join(directory, 'checkpoints'))).length === 0)
      await rm(directory, { recursive: true });
    throw error;
  });
  try {
    return { models: await testModels(plan.network, models, data), then: await then?.(models, plan.network) };
  } finally {
    tf.dispose(models as unknown as tf.TensorContainer);
  }
}

function isUsageError(error: unknown): boolean {
  if (error instanceof StageError) return isUsageError(error.cause);
  return error instanceof BasinlabError && error.exitCode === 2;
}

async function testModels(network: Network, models: readonly Variables[], data: LoadedDataset): Promise<ModelResult[]> {
  const evaluator = createEvaluator(network, { task: data.task, graph: data.graph });
  try {
    const results = [];
    for (const [index, variables] of models.entries()) {
      const [result] = await evaluator.evaluate(variables, data.test);
      results.push({ model: index + 1, accuracy: result!.accuracy, loss: result!.loss });
    }
    return results;
  } finally {
    evaluator.dispose();
  }
}
