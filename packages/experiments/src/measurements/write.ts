import { join } from 'node:path';
import type { Measurement } from '@basinlab/core';
import { atomicWrite, makeFolder } from '@basinlab/core/store';
import { composeSvg, figureOf } from '@basinlab/report';
import { version } from '../version.js';
import { writeTable, type MeasurementTable } from './table.js';

/** Rows of one measurement and what they were measured with. */
export interface WriteMeasurementOptions {
  /** Folder of the run; everything goes to `measurements/<id>` below it. */
  readonly directory: string;
  readonly measurement: Measurement;
  readonly options: unknown;
  readonly table: MeasurementTable;
  /** How it was measured: alignments, splits, epochs, samples, engine. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Writes what a measurement found: `rows.parquet` (table `measured` of `basinlab query`), its plots as SVG, and last `measurement.json`. Returns the files. */
export async function writeMeasurement({
  directory,
  measurement,
  options,
  table,
  settings,
}: WriteMeasurementOptions): Promise<readonly string[]> {
  const folder = join(directory, 'measurements', measurement.id);
  await makeFolder(folder);
  const results = join(folder, 'rows.parquet');
  const column = { name: 'measurement', summary: 'what was measured', role: 'axis', type: 'text' } as const;
  await writeTable(results, {
    columns: [column, ...table.columns],
    rows: table.rows.map((row) => ({ measurement: measurement.id, ...row })),
  });
  const files = [results];
  for (const plot of measurement.plots ?? []) {
    const drawn = figureOf(plot, table);
    if (drawn === null) continue;
    const file = join(folder, `${fileName(plot.title)}.svg`);
    await atomicWrite(file, composeSvg(drawn.figure));
    files.push(file);
  }
  const { id, summary, columns } = measurement;
  const description = {
    measurement: id,
    summary,
    options,
    ...settings,
    rows: table.rows.length,
    columns: table.columns,
    own: columns.map(({ name }) => name),
    version,
  };
  await atomicWrite(join(folder, 'measurement.json'), `${JSON.stringify(description, null, 2)}\n`);
  return [...files, join(folder, 'measurement.json')];
}

/** `Accuracy along the path` -> `accuracy-along-the-path`. */
export const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
