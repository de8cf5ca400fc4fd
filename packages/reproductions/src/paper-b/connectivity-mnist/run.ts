import { join } from 'node:path';
import type { Network, RunEvent, Variables } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { loadData, standardVariables, trainAndTest } from '@basinlab/experiments';
import { writePoints, type FigurePoint } from '../connectivity/points.js';
import type { ComputationContext, ComputationResult } from '../../shared/contract.js';
import type { ConnectivityMnistConfig } from './config.js';
import { experimentOf, folderOf, labelOf, type PopulationId } from './populations.js';
import type { MeasureContext } from './context.js';
import { measurePair } from './pair.js';
import { measurePlane } from './plane.js';
import { measureRescaled } from './rescaled.js';
import { paths, writePlane, type ModelResult, type PathRow, type RescaledRow } from './results.js';

/** Trains two standard and two W networks, each pair a run under `populations/`, and measures the paths between them and their rescaled selves. */
export async function run(config: ConnectivityMnistConfig, context: ComputationContext): Promise<ComputationResult> {
  const { signal, engine, emit, registry, out } = context;
  const networks: PopulationId[] = [
    { network: 'standard', fixedScale: null },
    { network: 'w', fixedScale: config.fixedScale },
  ];
  const data = await loadData(experimentOf(config, networks[0]!), registry);
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
      const named = (event: RunEvent): void => emit(event.kind === 'progress' ? { ...event, stage: `${event.stage} ${label}` } : event);
      const directory = join(out, 'populations', folderOf(id));
      const measurePopulation = async (trained: readonly Variables[], network: Network): Promise<void> => {
        const [a, b] = trained as [Variables, Variables];
        const standard = standardVariables(network, a);
        try {
          const own = [
            await measureRescaled(label, network.standard, standard, measure),
            await measurePair(label, network, [a, b], measure),
          ];
          for (const part of own) {
            rows.push(...part.rows);
            points.push(...part.points);
          }
          if (id.network !== 'standard') return;
          const plane = await measurePlane(label, network.standard, standard, measure);
          points.push(...plane.points);
          await writePlane(out, plane.cells);
        } finally {
          tf.dispose(standard as unknown as tf.TensorContainer);
        }
      };
      const experiment = experimentOf(config, id);
      const trained = await trainAndTest(
        { directory, experiment, registry, plugins: {}, engine, data, signal, emit: named },
        measurePopulation,
      );
      models.push(...trained.models.map(({ model, accuracy, loss }) => ({ network: label, model, accuracy: 100 * accuracy, loss })));
    }
  } finally {
    data.dispose();
  }
  await writePoints(out, points);
  return { seeds: { seed: config.seed }, rows, details: { models } };
}
