import type { EngineInfo, LoadedDataset, MeasurementPlan, MeasurementRow, RunEvent } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import type { MeasuredRows, MeasurementRequest } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { executionFor } from '@basinlab/core/training';
import {
  epochsOf,
  findMeasurement,
  inForm,
  measureRun,
  parseConfig,
  strategyOf,
  tableOf,
  usageError,
  type OpenedRun,
  type SplitName,
} from '@basinlab/experiments';
import type { TrainedPopulation } from './populations.js';

/** A measurement plan with its measurements looked up and their options checked. */
export interface PlannedMeasurements {
  readonly plan: MeasurementPlan;
  /** Names of the tables, in the order of the requests. */
  readonly tables: readonly string[];
  readonly requests: readonly MeasurementRequest[];
}

/** Resolves measurement plans, before anything is trained. Throws usage errors for unknown ids and wrong options. */
export function planMeasurements(id: string, plans: readonly MeasurementPlan[], registry: Registry): PlannedMeasurements[] {
  return plans.map((plan) => {
    for (const alignment of plan.alignments ?? []) strategyOf(alignment, registry);
    const requests = plan.measurements.map(({ id: measured, options = {} }): MeasurementRequest => {
      const measurement = findMeasurement(measured, registry);
      return { measurement, options: parseConfig(id, measurement.options, options, { at: [measured] }) };
    });
    const tables = plan.measurements.map(({ id: measured, table }) => table ?? measured);
    const twin = tables.find((name, at) => tables.indexOf(name) !== at);
    if (twin !== undefined) throw usageError(id, 'measurements whose tables have names of their own', twin, 'Give { table: ... }');
    return { plan, tables, requests };
  });
}

export interface MeasureOptions {
  /** Whose models are the first of pairs, for plans that say so. */
  readonly onto?: TrainedPopulation;
  readonly data: LoadedDataset;
  readonly registry: Registry;
  readonly engine: EngineInfo;
  readonly seed: number;
  readonly signal: AbortSignal;
  emit(event: RunEvent): void;
}

/** Measures a population as a plan says: rows by the name of their table. */
export async function measurePopulation(
  { directory, experiment, labels }: TrainedPopulation,
  { plan, tables, requests }: PlannedMeasurements,
  { onto, data, registry, engine, seed, signal, emit }: MeasureOptions,
): Promise<Readonly<Record<string, readonly MeasurementRow[]>>> {
  const opened = (population: Pick<TrainedPopulation, 'directory' | 'experiment'>): OpenedRun => {
    const trained = { directory: population.directory, experiment: population.experiment, registry };
    return plan.form === undefined ? trained : inForm(trained, plan.form);
  };
  const run = opened({ directory, experiment });
  const found: MeasuredRows[][] = requests.map(() => []);
  const kept = await epochsOf(run, 'all');
  const about = Object.values(labels)
    .filter((value) => value !== null)
    .join(' ');
  const tell = (event: RunEvent): void => emit(event.kind === 'progress' ? { ...event, stage: `${event.stage} ${about}` } : event);
  // Rows keep the labels of the population; who is told knows which it is.
  const own = (all: MeasuredRows['labels']) => Object.fromEntries(Object.entries(all).filter(([name]) => !(name in labels)));
  const measured = measureRun({
    ...{ run, data, requests, labels, seed },
    epochs: plan.epochs === undefined ? [kept.at(-1)!] : kept.filter((epoch) => plan.epochs!.includes(epoch)),
    splits: (plan.splits ?? ['test']) as readonly SplitName[],
    alignments: (plan.alignments ?? ['none']).map((request) => strategyOf(request, registry)),
    ...(plan.samples === undefined ? {} : { samples: plan.samples }),
    ...(plan.models === undefined ? {} : { models: plan.models }),
    ...(onto === undefined ? {} : { onto: opened(onto) }),
    execution: executionFor(engine.platform),
    progress: tell,
  });
  await drain(measured, {
    signal,
    onEvent(event) {
      if (event.kind === 'measured') found[event.request]!.push(event);
      tell(event.kind === 'measured' ? { ...event, labels: own(event.labels) } : event);
    },
  });
  return Object.fromEntries(tables.map((table, index) => [table, tableOf(requests[index]!.measurement, found[index]!).rows]));
}
