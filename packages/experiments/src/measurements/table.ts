import type { Measurement, MeasurementColumn, MeasurementRow } from '@basinlab/core';
import type { Labels, MeasuredRows } from '@basinlab/core/measurement';
import { readParquet, writeParquet } from '@basinlab/core/store';

/** Rows of one measurement over all subjects, with what they are about in front. */
export interface MeasurementTable {
  readonly columns: readonly MeasurementColumn[];
  readonly rows: readonly MeasurementRow[];
}

/** What runners put in front of rows, in the order of the columns. */
const summaries: Readonly<Record<string, string>> = {
  run: 'folder of the run',
  model: 'model, counted from 1',
  pair: 'the two models',
  alignment: 'how other models were moved onto the first',
  epoch: 'epochs trained',
  split: 'data that are measured on',
};

/** One table of what a measurement found about all its subjects. Labels that no subject has are left out; rows keep the order in which they came. */
export function tableOf(
  measurement: Pick<Measurement, 'columns'>,
  measured: readonly Pick<MeasuredRows, 'labels' | 'rows'>[],
): MeasurementTable {
  const own = new Set(measurement.columns.map(({ name }) => name));
  const names = [...new Set(measured.flatMap(({ labels }) => Object.keys(labels)))].filter((name) => !own.has(name));
  const used = names.filter((name) => measured.some(({ labels }) => labels[name] !== null && labels[name] !== undefined));
  const columns = used.map((name): MeasurementColumn => {
    const isNumber = measured.every(({ labels }) => typeof (labels[name] ?? 0) === 'number');
    return { name, summary: summaries[name] ?? name, role: 'axis', type: isNumber ? 'number' : 'text' };
  });
  const labelled = (labels: Labels): Record<string, string | number | null> =>
    Object.fromEntries(used.map((name) => [name, labels[name] ?? null]));
  return {
    columns: [...columns, ...measurement.columns],
    rows: measured.flatMap(({ labels, rows }) => rows.map((row) => ({ ...labelled(labels), ...row }))),
  };
}

/** Writes a table as Parquet; booleans become `true` and `false`. */
export async function writeTable(path: string, { columns, rows }: MeasurementTable): Promise<void> {
  const types = Object.fromEntries(columns.map(({ name, type }) => [name, type === 'number' ? ('double' as const) : ('string' as const)]));
  const plain = rows.map((row) =>
    Object.fromEntries(columns.map(({ name }) => [name, typeof row[name] === 'boolean' ? String(row[name]) : (row[name] ?? null)])),
  );
  await writeParquet(path, plain, types);
}

/** Reads the rows of a table that `writeTable` has written. */
export async function readTable(path: string, columns: readonly MeasurementColumn[]): Promise<MeasurementTable> {
  return { columns, rows: (await readParquet(path)) as MeasurementRow[] };
}

/**
 * Rows of a whole (a path, a layer) where a measurement also has rows of its parts (points, pairs of neurons), which fill an axis that the former leave
 * empty; all rows where it has none.
 */
export function wholeRows({ columns }: Pick<Measurement, 'columns'>, rows: readonly MeasurementRow[]): readonly MeasurementRow[] {
  const isEmpty = (row: MeasurementRow, name: string): boolean => row[name] === null || row[name] === undefined;
  const parts = columns.filter(
    ({ role, name }) => role === 'axis' && rows.some((row) => isEmpty(row, name)) && rows.some((row) => !isEmpty(row, name)),
  );
  const whole = rows.filter((row) => parts.every(({ name }) => isEmpty(row, name)));
  return whole.length > 0 ? whole : rows;
}
