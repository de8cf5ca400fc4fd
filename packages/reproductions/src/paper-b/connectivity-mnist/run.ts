import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Variables } from '@basinlab/core';
import { createEvaluator } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import { loadData, planOf, standardVariables, trainRun } from '@basinlab/experiments';
import { writePoints, type FigurePoint } from '../connectivity/points.js';
import type { ReproductionContext, ReproductionResult } from '../../shared/contract.js';
import { experimentOf, folderOf } from '../../paper-a/mnist-mlp-lmc/experiments.js';
import { labelOf, type PopulationId } from '../../paper-a/mnist-mlp-lmc/results.js';
import { populationSettings, type ConnectivityMnistConfig } from './config.js';
import type { MeasureContext } from './context.js';
import { measurePair } from './pair.js';
import { measurePlane } from './plane.js';
import { measureRescaled } from './rescaled.js';
import { paths, writePlane, type ModelResult, type PathRow, type RescaledRow } from './results.js';

/** Trains two standard and two W networks, each pair a run under `populations/`, and measures the paths between them and their rescaled selves. */
export async function run(config: ConnectivityMnistConfig, context: ReproductionContext): Promise<ReproductionResult> {
  const { signal, engine, emit, registry, out } = context;
  const settings = populationSettings(config);
  const networks: PopulationId[] = [
    { network: 'standard', fixedScale: null },
    { network: 'w', fixedScale: config.fixedScale },
  ];
  const data = await loadData(experimentOf(settings, networks[0]!), registry);
  const total = networks.length * (config.strengths.length + paths.length) + 2;
  let done = 0;
  const step = (stage: string): void => emit({ kind: 'progress', stage, done: ++done, total, unit: 'measurement' });
  const measure: MeasureContext = { config, data, signal, engine, emit, step };
  const rows: (RescaledRow | PathRow)[] = [];
  const points: FigurePoint[] = [];
  const models: ModelResult[] = [];
  try {
    for (const id of networks) {
      const label = labelOf(id);
      const experiment = experimentOf(settings, id);
      const plan = planOf(experiment, registry, data);
      const directory = join(out, 'populations', folderOf(id));
      await mkdir(directory, { recursive: true });
      const trained = await trainRun({ directory, experiment, plan, engine, signal, emit: (event) => emit(withStage(event, label)) });
      const [a, b] = trained as [Variables, Variables];
      const standard = standardVariables(plan.network, a);
      try {
        models.push(...(await testModels(label, plan.network, trained, measure)));
        const own = [
          await measureRescaled(label, plan.network.standard, standard, measure),
          await measurePair(label, plan.network, [a, b], measure),
        ];
        for (const part of own) {
          rows.push(...part.rows);
          points.push(...part.points);
        }
        if (id.network === 'standard') {
          const plane = await measurePlane(label, plan.network.standard, standard, measure);
          points.push(...plane.points);
          await writePlane(out, plane.cells);
        }
      } finally {
        tf.dispose([trained, standard] as unknown as tf.TensorContainer);
      }
    }
  } finally {
    data.dispose();
  }
  await writePoints(out, points);
  return { seeds: { seed: config.seed }, rows, details: { models } };
}

async function testModels(
  network: string,
  own: Parameters<typeof createEvaluator>[0],
  models: readonly Variables[],
  { data }: MeasureContext,
): Promise<ModelResult[]> {
  const evaluator = createEvaluator(own);
  const results: ModelResult[] = [];
  for (const [index, variables] of models.entries()) {
    const { accuracy, loss } = (await evaluator.evaluate(variables, data.test))[0]!;
    results.push({ network, model: index + 1, accuracy: 100 * accuracy, loss });
  }
  evaluator.dispose();
  return results;
}

const withStage: (event: Parameters<ReproductionContext['emit']>[0], label: string) => typeof event = (event, label) =>
  event.kind === 'progress' ? { ...event, stage: `${event.stage} ${label}` } : event;
