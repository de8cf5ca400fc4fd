import { resolve } from 'node:path';
import type { EngineInfo } from '@basinlab/core';
import type { MeasuredRows } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { executionFor } from '@basinlab/core/training';
import { loadData } from '../experiment/plan.js';
import { measureRun } from '../measurements/measure.js';
import { parseRequests } from '../measurements/requests.js';
import { tableOf, type MeasurementTable } from '../measurements/table.js';
import type { SplitName } from '../pairs/measure-models.js';
import { createBuiltinRegistryWith } from '../registry.js';
import { trustHere } from '../trust.js';
import { openExperiment } from '../runs/load-models.js';
import { epochsOf } from '../runs/open-models.js';
import { workOf, type Work } from './work.js';

/** A run, what is measured on it, and on which data. */
export interface MeasureOptions {
  /** Folder of a run. */
  readonly run: string;
  /** Ids of measurements, which share one pass over the data. */
  readonly metrics: readonly string[];
  /** `none`, and ids of re-basin strategies. Default `none`. */
  readonly align?: readonly string[];
  /** Default `test`. */
  readonly splits?: readonly SplitName[];
  /** Default `last`. */
  readonly epochs?: 'last' | 'all' | readonly number[];
  /** `id.key=value` options. */
  readonly set?: readonly string[];
  readonly samples?: number;
  readonly seed?: number;
  readonly plugins?: readonly string[];
  readonly engine: EngineInfo;
  readonly signal?: AbortSignal;
}

/** Measures a run: what `basinlab measure` does, without its files. Resolves with a table per measurement, by id. */
export function measure(options: MeasureOptions): Work<Readonly<Record<string, MeasurementTable>>> {
  const { metrics, align = ['none'], splits, samples, seed, set = [], plugins = [], engine, signal } = options;
  plugins.forEach(trustHere);
  return workOf(async (emit) => {
    const run = await openExperiment(resolve(options.run), (modules) => createBuiltinRegistryWith([...new Set([...modules, ...plugins])]));
    const { requests, alignments } = parseRequests({ measurements: metrics, alignments: align, set }, run.registry);
    const epochs = await epochsOf(run, options.epochs ?? 'last');
    const data = await loadData(run.experiment, run.registry);
    const found: MeasuredRows[][] = requests.map(() => []);
    try {
      const measured = measureRun({
        ...{ run, data, requests, alignments, epochs, execution: executionFor(engine.platform) },
        ...(splits === undefined ? {} : { splits }),
        ...(samples === undefined ? {} : { samples }),
        ...(seed === undefined ? {} : { seed }),
        progress: emit,
      });
      await drain(measured, {
        onEvent: (event) => {
          if (event.kind === 'measured') found[event.request]!.push(event);
          emit(event);
        },
        ...(signal === undefined ? {} : { signal }),
      });
    } finally {
      data.dispose();
    }
    return Object.fromEntries(requests.map(({ measurement }, index) => [measurement.id, tableOf(measurement, found[index]!)]));
  });
}
