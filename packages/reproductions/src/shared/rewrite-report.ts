import { join } from 'node:path';
import type { MeasurementColumn, PopulationLabels, Reproduction, ResultTables, Scale } from '@basinlab/core';
import { readJson } from '@basinlab/core/store';
import { readTable, usageError } from '@basinlab/experiments';
import type { Summary } from './contract.js';
import { writeReport } from './report.js';

/**
 * Writes the report of a finished reproduction once more, from the numbers in its folder. Returns the report's path. Throws a usage error where another version
 * made them, whose populations have other labels: figures that look for a label would be drawn without it.
 */
export async function rewriteReport(reproduction: Reproduction, summary: Summary, out: string): Promise<string> {
  demandLabels(reproduction, summary);
  const index = (await readJson(join(out, 'tables.json'))) as Readonly<Record<string, readonly MeasurementColumn[]>>;
  const read = Object.entries(index).map(
    async ([name, columns]) => [name, await readTable(join(out, `${name}.parquet`), columns)] as const,
  );
  const tables: ResultTables = Object.fromEntries(await Promise.all(read));
  return writeReport(reproduction, summary, tables, out);
}

function demandLabels(reproduction: Reproduction, { config, scale, version }: Summary): void {
  const { settings, populations } = config as { settings: unknown; populations: readonly { labels: PopulationLabels }[] };
  const parsed = reproduction.settings.safeParse(settings);
  const now = parsed.success ? (reproduction.populations?.(parsed.data, scale as Scale) ?? []) : undefined;
  const textOf = (all: readonly { readonly labels: PopulationLabels }[]): string => JSON.stringify(all.map(({ labels }) => labels));
  if (now !== undefined && textOf(now) === textOf(populations)) return;
  throw usageError(
    reproduction.id,
    'results whose settings and labels are those of this version',
    `results of version ${version}`,
    'Make them again with reproduce --fresh, which takes trained populations as they are',
  );
}
