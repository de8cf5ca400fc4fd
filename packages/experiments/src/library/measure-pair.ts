import { resolve } from 'node:path';
import type { EngineInfo, Measurement } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import type { MeasuredRows } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { executionFor } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import { usageError } from '../errors/usage-error.js';
import { loadData } from '../experiment/plan.js';
import { needsData } from '../measurements/leave-out.js';
import type { ParsedRequests } from '../measurements/requests.js';
import { tableOf, type MeasurementTable } from '../measurements/table.js';
import { writeMeasurement } from '../measurements/write.js';
import { alignmentProgress, measureModels, type SplitName } from '../pairs/measure-models.js';
import { loadModels, type LoadedModels } from '../runs/load-models.js';
import { demandComparable } from '../runs/comparable.js';
import { pairAtOneSize, type OneSize } from '../runs/one-size.js';
import type { NamedRun } from '../runs/open-models.js';
import { workOf, type Work } from './work.js';

/** Two models, each opened as one of its run, and what is measured on them. */
export interface MeasurePairOptions extends ParsedRequests {
  readonly runs: readonly [NamedRun, NamedRun];
  /** Default `test`. */
  readonly splits?: readonly SplitName[];
  /** Default: the last. */
  readonly epoch?: number | undefined;
  /** Default 5000. */
  readonly samples?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Folder of the files. Default: none are written. */
  readonly out?: string | undefined;
  /** Or what starts one, once it is known that the models fit. */
  readonly engine: EngineInfo | ((registry: Registry) => Promise<EngineInfo>);
  readonly signal?: AbortSignal;
}

/** Tables of what was measured, and the files that they were written to. */
export interface MeasuredTables {
  readonly engine: string;
  readonly tables: readonly { readonly measurement: Measurement; readonly options: unknown; readonly table: MeasurementTable }[];
  readonly files: readonly string[];
}

/** Measures two models, of one run or of two whose networks are alike, as a pair. Throws usage errors for those that are not before an engine is started. */
export function measurePair(options: MeasurePairOptions): Work<MeasuredTables> {
  const { runs, requests, alignments, splits = ['test'], epoch, samples = 5000, seed = 1, signal } = options;
  const [a, b] = runs;
  const { run } = a;
  return workOf(async (emit) => {
    demandComparable([a.run, b.run]);
    const odd = requests.find(({ measurement }) => measurement.of === 'trajectory');
    if (odd !== undefined) throw usageError('measure', 'a run for a measurement over training', `two models for ${odd.measurement.id}`);
    const engine = typeof options.engine === 'function' ? await options.engine(run.registry) : options.engine;
    const data = needsData(requests, alignments) ? await loadData(run.experiment, run.registry) : null;
    const found: MeasuredRows[][] = requests.map(() => []);
    let done = 0;
    const total = requests.length * alignments.length * splits.length;
    const loaded: LoadedModels[] = [];
    let pair: OneSize | undefined;
    try {
      for (const { run: own } of runs) loaded.push(await loadModels(own, epoch));
      pair = await pairAtOneSize([a.run, b.run], [loaded[0]!, loaded[1]!], [a.models![0]!, b.models![0]!], seed);
      const measured = measureModels({
        network: pair.network,
        models: [
          { name: a.name, variables: pair.first },
          { name: b.name, variables: pair.second },
        ],
        ...{ requests, alignments, data, splits, samples },
        key: childKey(keyFromSeed(seed), 'measure'),
        execution: executionFor(engine.platform),
        aligning: (reached) => emit(alignmentProgress(reached)),
      });
      await drain(measured, {
        ...(signal && { signal }),
        onEvent: (rows) => {
          found[rows.request]!.push(rows);
          emit({ kind: 'progress', stage: 'measure', done: Math.min(++done, total), total, unit: 'subject' });
        },
      });
    } finally {
      pair?.dispose();
      tf.dispose(loaded.map(({ models }) => models) as unknown as tf.TensorContainer);
      data?.dispose();
    }
    const tables = requests.map((request, index) => ({ ...request, table: tableOf(request.measurement, found[index]!) }));
    const files: string[] = [];
    if (options.out !== undefined) {
      const names = alignments.map((alignment) => (alignment === 'none' ? alignment : alignment.id));
      const settings = { models: runs.map(({ name }) => name), alignments: names, splits, samples, engine: engine.id };
      for (const { measurement, options: own, table } of tables)
        files.push(...(await writeMeasurement({ directory: resolve(options.out), measurement, options: own, table, settings })));
    }
    return { engine: engine.id, tables, files };
  });
}
