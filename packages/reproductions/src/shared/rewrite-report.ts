import { join } from 'node:path';
import type { MeasurementColumn, Reproduction, ResultTables } from '@basinlab/core';
import { readJson } from '@basinlab/core/store';
import { readTable } from '@basinlab/experiments';
import type { Summary } from './contract.js';
import { writeReport } from './report.js';

/** Writes the report of a finished reproduction once more, from the numbers in its folder. Returns the report's path. */
export async function rewriteReport(reproduction: Reproduction, summary: Summary, out: string): Promise<string> {
  const index = (await readJson(join(out, 'tables.json'))) as Readonly<Record<string, readonly MeasurementColumn[]>>;
  const read = Object.entries(index).map(
    async ([name, columns]) => [name, await readTable(join(out, `${name}.parquet`), columns)] as const,
  );
  const tables: ResultTables = Object.fromEntries(await Promise.all(read));
  return writeReport(reproduction, summary, tables, out);
}
