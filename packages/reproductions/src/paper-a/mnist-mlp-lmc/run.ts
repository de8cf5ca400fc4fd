import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LoadedDataset, MetricRow, Network, RunEvent, Variables } from '@basinlab/core';
import { readRunEvents } from '@basinlab/core/store';
import { createEvaluator, strategyFor } from '@basinlab/core/training';
import { loadData, planOf, trainRun } from '@basinlab/experiments';
import type { ReproductionContext, ReproductionResult } from '../../shared/contract.js';
import type { MnistMlpLmcConfig } from './config.js';
import { experimentOf, folderOf } from './experiments.js';
import { measurePopulation, type PopulationMeasurement } from './measure.js';
import type { MnistMlpLmcDetails } from './present.js';
import { labelOf, writeResults, type ModelResult, type PopulationId, type TrainingPoint } from './results.js';
import { summarize } from './summarize.js';

interface PopulationOutcome extends PopulationMeasurement {
  readonly models: readonly ModelResult[];
  readonly training: readonly TrainingPoint[];
}

/** Trains and measures population after population; each is a run of its own under `populations/`, so that a second call goes on where one stopped. */
export async function run(config: MnistMlpLmcConfig, context: ReproductionContext): Promise<ReproductionResult> {
  const data = await loadData(experimentOf(config, config.networks[0]!), context.registry);
  const outcomes: PopulationOutcome[] = [];
  try {
    for (const id of config.networks) outcomes.push(await trainAndMeasure(id, data, config, context));
  } finally {
    data.dispose();
  }
  await writeResults(
    context.out,
    outcomes.flatMap((outcome) => outcome.paths),
    outcomes.flatMap((outcome) => outcome.training),
  );
  const details: MnistMlpLmcDetails = { models: outcomes.flatMap((outcome) => outcome.models) };
  return {
    seeds: { seed: config.seed },
    rows: summarize(outcomes.flatMap((outcome) => outcome.barriers)),
    details,
  };
}

async function trainAndMeasure(
  id: PopulationId,
  data: LoadedDataset,
  config: MnistMlpLmcConfig,
  context: ReproductionContext,
): Promise<PopulationOutcome> {
  const { engine, signal, registry } = context;
  const experiment = experimentOf(config, id);
  const plan = planOf(experiment, registry, data);
  const directory = join(context.out, 'populations', folderOf(id));
  await mkdir(directory, { recursive: true });
  const models = await trainRun({
    directory,
    experiment,
    plan,
    engine,
    signal,
    emit: (event) => context.emit(withStage(event, labelOf(id))),
  });
  try {
    const results = await testModels(id, plan.network, models, data);
    const strategy = strategyFor(engine.platform);
    const measured = (done: number, total: number) =>
      context.emit({ kind: 'progress', stage: `measure ${labelOf(id)}`, done, total, unit: 'path' });
    const measurement = await measurePopulation({ id, network: plan.network, models, data, config, strategy, signal, measured });
    return { ...measurement, models: results, training: await trainingCurves(id, directory) };
  } finally {
    tf.dispose(models as unknown as tf.TensorContainer);
  }
}

async function testModels(id: PopulationId, network: Network, models: readonly Variables[], data: LoadedDataset): Promise<ModelResult[]> {
  const evaluator = createEvaluator(network);
  const results: ModelResult[] = [];
  for (const [model, variables] of models.entries()) {
    const [result] = await evaluator.evaluate(variables, data.test);
    results.push({ ...id, model: model + 1, accuracy: 100 * result!.accuracy, loss: result!.loss });
  }
  evaluator.dispose();
  return results;
}

/** Curves from the run's own log, so that populations trained in an earlier call have theirs. */
async function trainingCurves(id: PopulationId, directory: string): Promise<TrainingPoint[]> {
  const events = await readRunEvents(directory);
  const rows = events.filter((event) => event.kind === 'metric').flatMap((event) => event['rows'] as readonly MetricRow[]);
  const find = (name: string, labels: MetricRow['labels']) =>
    rows.find((row) => row.name === name && JSON.stringify(row.labels) === JSON.stringify(labels))!.value;
  return rows
    .filter((row) => row.name === 'accuracy')
    .map(({ value, labels }) => ({
      ...id,
      model: Number(labels!['model']) + 1,
      epoch: Number(labels!['epoch']),
      split: String(labels!['split']),
      accuracy: 100 * value,
      loss: find('loss', labels),
    }));
}

const withStage = (event: RunEvent, label: string): RunEvent =>
  event.kind === 'progress' ? { ...event, stage: `${event.stage} ${label}` } : event;
