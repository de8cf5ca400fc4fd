import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MeasurementColumn, MeasurementRow, PopulationLabels, ResultTable, ResultTables } from '@basinlab/core';
import type { MeasurementRequest } from '@basinlab/core/measurement';
import { makeFolder } from '@basinlab/core/store';
import { readTable, usageError, writeTable } from '@basinlab/experiments';
import { axis, label } from './columns.js';
import type { PlannedPopulation } from './populations.js';
import type { PlannedReproduction } from './reproduce.js';
import type { PlannedMeasurements } from './tables.js';

/** Where tables of one population are kept, and what columns they may have. */
export interface TablePlace {
  readonly folder: string;
  readonly tables: readonly { readonly name: string; readonly columns: readonly MeasurementColumn[] }[];
}

/** Where all that is told of a population stands below `folder`: what training and testing gave, and each plan of measurements that applies to it. */
export function tablePlaces(
  folder: string,
  population: PlannedPopulation,
  planned: PlannedReproduction,
): { readonly own: TablePlace; readonly measured: readonly (TablePlace & { readonly planned: PlannedMeasurements })[] } {
  const { labels, name } = population;
  const own = [
    { name: 'models', columns: accuracyColumns(labels, ['model'], []) },
    { name: 'training', columns: accuracyColumns(labels, ['model', 'split'], ['epoch']) },
  ];
  const measured = planned.measurements
    .filter(({ plan }) => plan.on?.(labels) !== false)
    .map((measurements) => {
      const { plan, tables, requests } = measurements;
      const onto = plan.onto === undefined ? [] : [ontoOf(planned, measurements).name];
      return {
        folder: join(folder, `${name}-${hashOf([plan, planned.seed, ...onto])}`),
        tables: tables.map((table, index) => ({ name: table, columns: measuredColumns(requests[index]!, labels) })),
        planned: measurements,
      };
    });
  return { own: { folder: join(folder, name), tables: own }, measured };
}

/** The population that a plan brings others to. */
export function ontoOf<T extends PlannedPopulation>(
  { id, populations }: { readonly id: string; readonly populations: readonly T[] },
  { plan }: PlannedMeasurements,
): T {
  const found = populations.find(({ labels }) => plan.onto!(labels));
  if (found === undefined) throw usageError(id, 'a population to bring others to, listed before these', 'none');
  return found;
}

const fileOf = ({ folder }: TablePlace, table: string): string => join(folder, `${table}.parquet`);

/** Whether every table of a place has been written. */
export const isWritten = (place: TablePlace): boolean => place.tables.every(({ name }) => existsSync(fileOf(place, name)));

/** Whether all that is told of a population has been written. */
export const isFinished = ({ own, measured }: ReturnType<typeof tablePlaces>): boolean => [own, ...measured].every(isWritten);

/** Writes the tables of a place, given their rows by name. */
export async function writeTables(place: TablePlace, rows: Readonly<Record<string, readonly MeasurementRow[]>>): Promise<void> {
  await makeFolder(place.folder);
  for (const { name, columns } of place.tables) await writeTable(fileOf(place, name), { columns, rows: rows[name]! });
}

/** The tables of a place. They are always read back from their files, so that an interrupted run and an undisturbed one end with the same bits. */
export async function readTables(place: TablePlace): Promise<ResultTables> {
  const read = await Promise.all(
    place.tables.map(async ({ name, columns }): Promise<[string, ResultTable]> => [name, await readTable(fileOf(place, name), columns)]),
  );
  return Object.fromEntries(read);
}

/** All columns that a plan's rows may have, whatever the population: the labels first. */
function measuredColumns({ measurement }: MeasurementRequest, labels: PopulationLabels): MeasurementColumn[] {
  const own = new Set(measurement.columns.map(({ name }) => name));
  const kinds = { model: ['model'], pair: ['pair', 'alignment'], population: ['alignment'], trajectory: [] }[measurement.of];
  return [
    ...labelColumns(labels),
    ...(own.has('epoch') ? [] : [axis('epoch', 'epochs trained')]),
    ...kinds.map((name) => label(name, name === 'alignment' ? 'how other models were moved onto the first' : `the ${name}`)),
    label('split', 'data that are measured on'),
    ...measurement.columns,
  ];
}

function accuracyColumns(labels: PopulationLabels, texts: readonly string[], numbers: readonly string[]): MeasurementColumn[] {
  return [
    ...labelColumns(labels),
    ...texts.map((name) => label(name, name)),
    ...numbers.map((name) => axis(name, name)),
    { name: 'accuracy', summary: 'accuracy', role: 'value', type: 'number', unit: '%', range: [0, 100], better: 'higher' },
    { name: 'loss', summary: 'mean loss', role: 'value', type: 'number', unit: 'nats', better: 'lower' },
  ];
}

const labelColumns = (labels: PopulationLabels): MeasurementColumn[] =>
  Object.entries(labels).map(([name, value]) => (typeof value === 'string' ? label : axis)(name, name));

const hashOf = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 10);
