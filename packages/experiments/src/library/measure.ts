import { resolve } from 'node:path';
import type { EngineInfo } from '@basinlab/core';
import { measurableOn } from '../measurements/leave-out.js';
import type { MeasurementTable } from '../measurements/table.js';
import type { SplitName } from '../pairs/measure-models.js';
import { modulePath } from '../experiment/starting-point.js';
import { createBuiltinRegistryWith } from '../registry.js';
import { trustHere } from '../trust.js';
import { openExperiment } from '../runs/load-models.js';
import { measureRuns } from './measure-runs.js';
import { forwarding, workOf, type Work } from './work.js';

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
  const { metrics, align = ['none'], splits, epochs = 'last', samples, seed, set = [], engine, signal } = options;
  const plugins = (options.plugins ?? []).map(modulePath);
  plugins.forEach(trustHere);
  return workOf(async (emit) => {
    const run = await openExperiment(resolve(options.run), (modules) => createBuiltinRegistryWith([...new Set([...modules, ...plugins])]));
    const { requests, alignments, leftOut } = await measurableOn([run], { measurements: metrics, alignments: align, set });
    for (const { reason } of leftOut) throw reason;
    const { tables } = await forwarding(
      measureRuns({
        ...{ runs: [{ run, name: options.run, models: null }], requests, alignments, epochs, out: null, engine },
        ...(splits === undefined ? {} : { splits }),
        ...(samples === undefined ? {} : { samples }),
        ...(seed === undefined ? {} : { seed }),
        ...(signal === undefined ? {} : { signal }),
      }),
      emit,
    );
    return Object.fromEntries(tables.map(({ measurement, table }) => [measurement.id, table]));
  });
}
