import { resolve } from 'node:path';
import type { MeasuredRows } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { executionFor } from '@basinlab/core/training';
import {
  alignmentProgress,
  demandComparable,
  loadData,
  loadModels,
  measureModels,
  pairAtOneSize,
  tableOf,
  usageError,
  writeMeasurement,
  type MeasurementTable,
  type NamedRun,
  type ParsedRequests,
} from '@basinlab/experiments';
import * as tf from '@tensorflow/tfjs-core';
import type { Measurement } from '@basinlab/core';
import { whole, type CommandContext } from '../command.js';
import type { MeasureFlags } from '../commands/measure.js';
import { startEngine } from '../engines/select.js';
import { progressReporter } from '../progress/progress-line.js';

/** What two models are measured with. */
export type AcrossFlags = Pick<MeasureFlags, 'align' | 'split' | 'epoch' | 'epochs' | 'samples' | 'seed' | 'engine' | 'out'>;

/** Tables of two models, and the files that they were written to. */
export interface AcrossTables {
  readonly engine: string;
  readonly tables: readonly { readonly measurement: Measurement; readonly options: unknown; readonly table: MeasurementTable }[];
  readonly files: readonly string[];
}

/** Measures two models, of one run or of two whose networks are alike, as a pair. */
export async function measureAcross(
  runs: readonly NamedRun[],
  { requests, alignments }: ParsedRequests,
  flags: AcrossFlags,
  { terminal, signal }: CommandContext,
): Promise<AcrossTables> {
  const [a, b] = runs as [NamedRun, NamedRun];
  demandComparable([a.run, b.run]);
  const odd = requests.find(({ measurement }) => measurement.of === 'trajectory');
  if (odd !== undefined) throw usageError('measure', 'a run for a measurement over training', `two models for ${odd.measurement.id}`);
  const epoch = flags.epoch ?? flags.epochs;
  const { run } = a;
  const engine = await startEngine(flags.engine, run.registry.list('engine'), (line) => terminal.log(line));
  const progress = progressReporter(terminal);
  const data = await loadData(run.experiment, run.registry);
  const load = (named: NamedRun) => loadModels(named.run, epoch === undefined ? undefined : whole('--epoch', epoch, 0));
  const loaded = [await load(a), await load(b)] as const;
  const seed = whole('--seed', flags.seed, 0);
  const pair = await pairAtOneSize(run, loaded, [a.models![0]!, b.models![0]!], seed);
  const found: MeasuredRows[][] = requests.map(() => []);
  const samples = whole('--samples', flags.samples, 2);
  let done = 0;
  const total = requests.length * alignments.length * flags.split.length;
  try {
    const measured = measureModels({
      network: loaded[0].network,
      models: [
        { name: a.name, variables: pair.first },
        { name: b.name, variables: pair.second },
      ],
      ...{ requests, alignments, data, splits: flags.split, samples },
      key: childKey(keyFromSeed(seed), 'measure'),
      execution: executionFor(engine.platform),
      aligning: (reached) => progress.next(alignmentProgress(reached)),
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
    pair.dispose();
    tf.dispose(loaded.map(({ models }) => models) as unknown as tf.TensorContainer);
    data.dispose();
  }
  const tables = requests.map(({ measurement, options }, index) => ({ measurement, options, table: tableOf(measurement, found[index]!) }));
  const files: string[] = [];
  if (flags.out !== undefined) {
    const settings = { models: runs.map(({ name }) => name), alignments: flags.align, splits: flags.split, samples, engine: engine.id };
    for (const one of tables) files.push(...(await writeMeasurement({ directory: resolve(flags.out), ...one, settings })));
  }
  return { engine: engine.id, tables, files };
}
