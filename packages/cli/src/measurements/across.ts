import { resolve } from 'node:path';
import type { MeasuredRows } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { executionFor } from '@basinlab/core/training';
import {
  loadData,
  loadModels,
  measureModels,
  tableOf,
  usageError,
  writeMeasurement,
  type NamedRun,
  type ParsedRequests,
} from '@basinlab/experiments';
import * as tf from '@tensorflow/tfjs-core';
import { whole, type CommandContext, type Outcome } from '../command.js';
import { outcomeOf, type MeasureFlags } from '../commands/measure.js';
import { startEngine } from '../engines/select.js';
import { progressReporter } from '../progress/progress-line.js';

/** `basinlab measure DIR:N DIR:N`: two models, of one run or of two whose networks are alike, as a pair. */
export async function measureAcross(
  runs: readonly NamedRun[],
  { requests, alignments }: ParsedRequests,
  flags: MeasureFlags,
  { terminal, signal }: CommandContext,
): Promise<Outcome> {
  const [left, right] = runs.map(({ run }) => JSON.stringify([run.experiment.architecture, run.experiment.breaking]));
  if (left !== right)
    throw usageError(
      'measure',
      'two models of one kind of network',
      'other options of architecture or breaking',
      'Compare config.json of the runs',
    );
  const odd = requests.find(({ measurement }) => measurement.of === 'trajectory');
  if (odd !== undefined) throw usageError('measure', 'a run for a measurement over training', `two models for ${odd.measurement.id}`);
  const epoch = flags.epoch ?? flags.epochs;
  const { run } = runs[0]!;
  const engine = await startEngine(flags.engine, run.registry.list('engine'), (line) => terminal.log(line));
  const progress = progressReporter(terminal);
  const data = await loadData(run.experiment, run.registry);
  const loaded = await Promise.all(
    runs.map((named) => loadModels(named.run, epoch === undefined ? undefined : whole('--epoch', epoch, 0))),
  );
  const found: MeasuredRows[][] = requests.map(() => []);
  const samples = whole('--samples', flags.samples, 2);
  let done = 0;
  const total = requests.length * alignments.length * flags.split.length;
  try {
    const measured = measureModels({
      network: loaded[0]!.network,
      models: runs.map(({ name, models }, at) => ({ name, variables: loaded[at]!.models[models![0]!]! })),
      ...{ requests, alignments, data, splits: flags.split, samples },
      key: childKey(keyFromSeed(whole('--seed', flags.seed, 0)), 'measure'),
      execution: executionFor(engine.platform),
    });
    await drain(measured, {
      signal,
      onEvent: (rows) => {
        found[rows.request]!.push(rows);
        progress.next({ kind: 'progress', stage: 'measure', done: Math.min(++done, total), total, unit: 'subject' });
      },
    });
  } finally {
    progress.close();
    tf.dispose(loaded.map(({ models }) => models) as unknown as tf.TensorContainer);
    data.dispose();
  }
  const tables = requests.map(({ measurement, options }, index) => ({ measurement, options, table: tableOf(measurement, found[index]!) }));
  const files: string[] = [];
  if (flags.out !== undefined) {
    const settings = { models: runs.map(({ name }) => name), alignments: flags.align, splits: flags.split, samples, engine: engine.id };
    for (const one of tables) files.push(...(await writeMeasurement({ directory: resolve(flags.out), ...one, settings })));
  }
  return outcomeOf(engine.id, tables, files);
}
