import { join } from 'node:path';
import { atomicWrite, writeParquet } from '@basinlab/core/store';
import { composeSvg, renderReport, toCsv } from '@basinlab/report';
import type { Axis } from './grid.js';
import { flatRows, sweepFigures, sweepTable, type SweepRow } from './results.js';

/** All that a sweep found; `sweep.json`. */
export interface SweepSummary {
  readonly title: string;
  readonly command: string;
  readonly engine: string;
  readonly seconds: number;
  readonly grid: readonly Axis[];
  /** The settings that all runs share. */
  readonly settings: unknown;
  readonly rows: readonly SweepRow[];
}

/** Writes `sweep.json`, `sweep.csv`, `results.parquet`, a figure per quantity and `report.html`. Returns the report's path. */
export async function writeSweep(directory: string, summary: SweepSummary): Promise<string> {
  const flat = flatRows(summary.rows);
  const names = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  const csv = toCsv({ columns: names.map((name) => ({ name })), rows: flat.map((row) => names.map((name) => csvValue(row[name]))) });
  await atomicWrite(join(directory, 'sweep.csv'), csv);
  await writeParquet(join(directory, 'results.parquet'), flat.map(uniform(flat)));
  const figures = sweepFigures(summary.rows, summary.grid);
  for (const { name, figure } of figures) await atomicWrite(join(directory, `${name}.svg`), composeSvg(figure));
  const report = join(directory, 'report.html');
  await atomicWrite(
    report,
    renderReport({
      title: summary.title,
      lead: [],
      facts: [
        { label: 'engine', value: summary.engine },
        { label: 'runs', value: String(summary.rows.length) },
        { label: 'seconds', value: String(summary.seconds) },
      ],
      sections: [
        {
          heading: 'Results',
          tables: [sweepTable(summary.rows, summary.grid)],
          figures: figures.map(({ figure }) => ({ figure, caption: `${figure.title}, with one standard error.` })),
        },
      ],
      config: { grid: summary.grid, settings: summary.settings },
      command: summary.command,
      citations: [],
    }),
  );
  await atomicWrite(join(directory, 'sweep.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return report;
}

type Row = ReturnType<typeof flatRows>[number];

const csvValue = (value: Row[string]) => (typeof value === 'bigint' ? String(value) : (value ?? null));

/** A column of a Parquet file has one type: a setting with numbers and texts becomes text. */
function uniform(rows: readonly Row[]): (row: Row) => Row {
  const textual = new Set(rows.flatMap((row) => Object.keys(row).filter((name) => typeof row[name] === 'string')));
  return (row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textual.has(name) && value !== null ? String(value) : value]));
}
