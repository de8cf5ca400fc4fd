import { join } from 'node:path';
import type { MeasurementRow, ResultTable, ResultTables } from '@basinlab/core';
import { stopIfInterrupted, tellNoSink, type DataKeeper } from '@basinlab/experiments';
import { trainPopulation, type PlannedPopulation, type TrainedPopulation } from './populations.js';
import type { PlannedReproduction, ReproduceOptions } from './reproduce.js';
import { isFinished, isWritten, ontoOf, readTables, tablePlaces, writeTables } from './table-places.js';
import { measurePopulation } from './tables.js';

/**
 * Trains the populations that the store lacks, measures what has not been measured, and gives all tables. A population whose tables are all there is not
 * opened: its run may be gone.
 */
export async function measuredTables(options: ReproduceOptions, planned: PlannedReproduction, data: DataKeeper): Promise<ResultTables> {
  const { out, registry, engine, signal, emit, plugins = {}, only, step = 'all', tell = tellNoSink } = options;
  const store = options.store ?? join(out, 'populations');
  const wanted = planned.populations
    .filter(({ name }) => only === undefined || only.includes(name))
    .map((population) => ({ population, places: tablePlaces(join(out, 'tables'), population, planned) }));
  const open = wanted.filter(({ places }) => step === 'train' || !isFinished(places));
  const needed = new Set(open.flatMap(({ population }) => [population.name, ...(step === 'train' ? [] : ontoNames(population, planned))]));
  const trained: TrainedPopulation[] = [];
  try {
    for (const population of planned.populations.filter(({ name }) => needed.has(name))) {
      stopIfInterrupted(signal);
      const loaded = await data.of(population.experiment);
      const places = open.find((one) => one.population === population)?.places;
      await (places ? tell : tellNoSink)({ name: population.name, config: population.experiment }, emit, async (told) => {
        const shared = { data: loaded, registry, engine, signal, emit: told };
        const one = await trainPopulation(population, { ...shared, store, plugins, wait: only !== undefined });
        trained.push(one);
        if (step === 'train' || !places) return;
        for (const place of places.measured.filter((each) => !isWritten(each))) {
          const onto = place.planned.plan.onto && ontoOf({ id: planned.id, populations: trained }, place.planned);
          await writeTables(place, await measurePopulation(one, place.planned, { ...shared, seed: planned.seed, ...(onto && { onto }) }));
        }
        await writeTables(places.own, { models: one.models, training: one.training });
      });
    }
  } finally {
    data.dispose();
  }
  return step === 'train' ? {} : together(wanted.map(({ places }) => places));
}

/** Rows of all populations in one table each; measurements first. */
async function together(populations: readonly ReturnType<typeof tablePlaces>[]): Promise<ResultTables> {
  const tables: Record<string, { columns: ResultTable['columns']; rows: MeasurementRow[] }> = {};
  for (const places of [...populations.flatMap(({ measured }) => measured), ...populations.map(({ own }) => own)]) {
    for (const [name, { columns, rows }] of Object.entries(await readTables(places))) {
      tables[name] ??= { columns, rows: [] };
      for (const row of rows) tables[name].rows.push(row);
    }
  }
  return tables;
}

/** Names of the populations that the measurements of this one need beside it. */
export const ontoNames = ({ labels }: PlannedPopulation, { populations, measurements }: PlannedReproduction): string[] =>
  measurements
    .filter(({ plan }) => plan.onto !== undefined && plan.on?.(labels) !== false)
    .flatMap(({ plan }) => populations.find((other) => plan.onto!(other.labels))?.name ?? []);
