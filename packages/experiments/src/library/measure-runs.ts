import { resolve } from 'node:path';
import type { EngineInfo } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import type { MeasuredRows } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { executionFor } from '@basinlab/core/training';
import { usageError } from '../errors/usage-error.js';
import { loadData } from '../experiment/plan.js';
import { needsData } from '../measurements/leave-out.js';
import { measureRun } from '../measurements/measure.js';
import type { ParsedRequests } from '../measurements/requests.js';
import { tableOf } from '../measurements/table.js';
import { writeMeasurement } from '../measurements/write.js';
import type { SplitName } from '../pairs/measure-models.js';
import { epochsOf, type NamedRun } from '../runs/open-models.js';
import { measurePair, type MeasuredTables } from './measure-pair.js';
import { workOf, type Work } from './work.js';

/** Opened runs, and what is measured on each. */
export interface MeasureRunsOptions extends ParsedRequests {
  readonly runs: readonly NamedRun[];
  /** Default `test`. */
  readonly splits?: readonly SplitName[];
  /** Default: the last; where all that is measured goes over training, all that are kept. */
  readonly epochs?: 'last' | 'all' | readonly number[] | undefined;
  /** Default 5000. */
  readonly samples?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Folder of the files; null writes none. Default: that of each run, and of two models none. */
  readonly out?: string | null | undefined;
  /** Or what starts one, once it is known that the runs fit. */
  readonly engine: EngineInfo | ((registry: Registry) => Promise<EngineInfo>);
  readonly signal?: AbortSignal;
}

/**
 * Measures runs one after the other; rows of several say which run they are of. Two models are measured as a pair, whose files go to `out` alone. Throws usage errors for runs that do not
 * fit before an engine is started.
 */
export function measureRuns(options: MeasureRunsOptions): Work<MeasuredTables> {
  if (options.runs.length === 2 && options.runs.every(({ models }) => models?.length === 1)) return measureTwo(options);
  const { runs, requests, alignments, splits = ['test'], samples = 5000, seed = 1, out, signal } = options;
  const overTraining = requests.every(({ measurement }) => measurement.of === 'trajectory');
  const asked = options.epochs ?? (overTraining ? 'all' : 'last');
  return workOf(async (emit) => {
    demandPairs(options);
    const epochs = await Promise.all(runs.map(({ run }) => epochsOf(run, asked)));
    const engine = typeof options.engine === 'function' ? await options.engine(runs[0]!.run.registry) : options.engine;
    const found: MeasuredRows[][] = requests.map(() => []);
    const files: string[] = [];
    const write = async (directory: string, rows: readonly (readonly MeasuredRows[])[], at: readonly number[]): Promise<void> => {
      const names = alignments.map((alignment) => (alignment === 'none' ? alignment : alignment.id));
      const { form } = runs[0]!.run;
      const settings = { alignments: names, splits, epochs: at, samples, seed, engine: engine.id, ...(form === undefined ? {} : { form }) };
      for (const [index, request] of requests.entries()) {
        const table = tableOf(request.measurement, rows[index]!);
        files.push(...(await writeMeasurement({ directory, ...request, table, settings })));
      }
    };
    for (const [at, { run, name, models }] of runs.entries()) {
      const own: MeasuredRows[][] = requests.map(() => []);
      const data = needsData(requests, alignments) ? await loadData(run.experiment, run.registry) : null;
      try {
        const labels = runs.length > 1 ? { run: name } : {};
        const measured = measureRun({
          ...{ run, data, requests, alignments, models, labels, samples, seed, splits, epochs: epochs[at]! },
          ...{ execution: executionFor(engine.platform), progress: emit },
        });
        await drain(measured, {
          ...(signal && { signal }),
          onEvent: (event) => {
            if (event.kind === 'measured') own[event.request]!.push(event);
            emit(event);
          },
        });
      } finally {
        data?.dispose();
      }
      own.forEach((rows, index) => found[index]!.push(...rows));
      if (out === undefined)
        await write(
          run.directory,
          own.map((rows) => rows.map(withoutRun)),
          epochs[at]!,
        );
    }
    const tables = requests.map((request, index) => ({ ...request, table: tableOf(request.measurement, found[index]!) }));
    if (typeof out === 'string') await write(resolve(out), found, [...new Set(epochs.flat())]);
    return { engine: engine.id, tables, files };
  });
}

function measureTwo({ runs, epochs = 'last', out, ...options }: MeasureRunsOptions): Work<MeasuredTables> {
  const [epoch, ...others] = typeof epochs === 'string' ? [] : epochs;
  if (epochs === 'all' || others.length > 0) throw usageError('measure', 'one epoch of two models', epochs);
  return measurePair({ ...options, runs: runs as [NamedRun, NamedRun], epoch, out: out ?? undefined });
}

/** In its own folder a run need not say its name. */
const withoutRun = ({ labels: { run: _, ...labels }, ...measured }: MeasuredRows): MeasuredRows => ({ ...measured, labels });

function demandPairs({ runs, requests }: MeasureRunsOptions): void {
  if (!requests.some(({ measurement }) => measurement.of === 'pair')) return;
  for (const { run, name, models } of runs) {
    const count = models?.length ?? run.experiment.training.models;
    if (count < 2) throw usageError('measure', 'a run of at least two models', `${name} with ${count}`, 'Give two models: DIR:N DIR:N');
  }
}
