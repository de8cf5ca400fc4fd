import { join } from 'node:path';
import type { MeasurementPlan, MeasurementRow, ResultTable, ResultTables } from '@basinlab/core';
import { stopIfInterrupted, tellNoSink, usageError, type DataKeeper } from '@basinlab/experiments';
import { axis, label } from './columns.js';
import { trainPopulation, type PlannedPopulation, type TrainedPopulation } from './populations.js';
import type { PlannedReproduction, ReproduceOptions } from './reproduce.js';
import { measurePopulation } from './tables.js';

/** Trains the populations that the store lacks, measures what has not been measured, and gives all tables. */
export async function measuredTables(options: ReproduceOptions, planned: PlannedReproduction, data: DataKeeper): Promise<ResultTables> {
  const {
    out,
    registry,
    engine,
    signal,
    emit,
    plugins = {},
    store = join(out, 'populations'),
    only,
    step = 'all',
    tell = tellNoSink,
  } = options;
  if (planned.populations.length === 0) return {};
  const tables: Record<string, { columns: ResultTable['columns']; rows: MeasurementRow[] }> = {};
  const add = (name: string, { columns, rows }: ResultTable): void => {
    tables[name] ??= { columns, rows: [] };
    for (const row of rows) tables[name].rows.push(row);
  };
  const trained: TrainedPopulation[] = [];
  try {
    const wanted = planned.populations.filter(({ name }) => only === undefined || only.includes(name));
    const needed = new Set([...wanted, ...(step === 'train' ? [] : wanted.flatMap((one) => ontoNames(one, planned)))].map(nameOf));
    for (const population of planned.populations) {
      if (!needed.has(population.name)) continue;
      stopIfInterrupted(signal);
      const loaded = await data.of(population.experiment);
      const wait = only !== undefined;
      const isWanted = wanted.includes(population);
      await (isWanted ? tell : tellNoSink)({ name: population.name, config: population.experiment }, emit, async (told) => {
        const shared = { data: loaded, registry, engine, signal, emit: told };
        const one = await trainPopulation(population, { ...shared, store, plugins, wait });
        trained.push(one);
        if (step === 'train' || !isWanted) return;
        for (const measurements of planned.measurements) {
          if (measurements.plan.on?.(population.labels) === false) continue;
          const measured = await measurePopulation(one, measurements, {
            ...{ ...shared, seed: planned.seed, folder: join(out, 'tables') },
            ...(measurements.plan.onto && { onto: ontoOf(options.reproduction.id, trained, measurements.plan) }),
          });
          for (const [name, table] of Object.entries(measured)) add(name, table);
        }
      });
    }
  } finally {
    data.dispose();
  }
  for (const { labels, models, training } of trained) {
    add('models', { columns: columnsOf(labels, ['model'], []), rows: models });
    add('training', { columns: columnsOf(labels, ['model', 'split'], ['epoch']), rows: training });
  }
  return tables;
}

const nameOf = (one: string | PlannedPopulation): string => (typeof one === 'string' ? one : one.name);

/** The population that others are brought to. */
function ontoOf(id: string, trained: readonly TrainedPopulation[], { onto }: MeasurementPlan): TrainedPopulation {
  const found = trained.find(({ labels }) => onto!(labels));
  if (found === undefined) throw usageError(id, 'a population to bring others to, listed before these', 'none');
  return found;
}

function columnsOf(labels: PlannedPopulation['labels'], texts: readonly string[], numbers: readonly string[]): ResultTable['columns'] {
  return [
    ...Object.entries(labels).map(([name, value]) => (typeof value === 'string' ? label : axis)(name, name)),
    ...texts.map((name) => label(name, name)),
    ...numbers.map((name) => axis(name, name)),
    { name: 'accuracy', summary: 'accuracy', role: 'value', type: 'number', unit: '%', range: [0, 100], better: 'higher' },
    { name: 'loss', summary: 'mean loss', role: 'value', type: 'number', unit: 'nats', better: 'lower' },
  ];
}

/** Names of the populations that the measurements of this one need beside it. */
export const ontoNames = ({ labels }: PlannedPopulation, { populations, measurements }: PlannedReproduction): string[] =>
  measurements
    .filter(({ plan }) => plan.onto !== undefined && plan.on?.(labels) !== false)
    .flatMap(({ plan }) => populations.find((other) => plan.onto!(other.labels))?.name ?? []);
