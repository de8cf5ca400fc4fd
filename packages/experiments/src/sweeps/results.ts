import type { ParquetRow } from '@basinlab/core/store';
import { dependenceFigure, distinct, formatWithError, meanWithError, type DependenceRow, type Figure, type Table } from '@basinlab/report';
import type { Axis } from './grid.js';
import type { RunOutcome, SweepRun } from './run-sweep.js';

/** A mean over models or pairs; the error is null where there is one, the mean where there is none or it is not a number. */
export interface Measured {
  readonly mean: number | null;
  readonly standardError: number | null;
}

/** How the columns of tables and figures are headed; others are called as they are. */
export const headers: Readonly<Record<string, string>> = {
  testAccuracy: 'test accuracy (%)',
  testLoss: 'test loss',
  accuracyBarrier: 'accuracy barrier (%)',
  lossBarrier: 'loss barrier',
};
const headerOf = (quantity: string): string => headers[quantity] ?? quantity;

/** What a number is called: barriers by their own names, as in earlier versions of the files; the rest that is known of a path is in the run's table. */
function nameOf(quantity: string): string | null {
  const own = quantity.replace(/^linear-mode-connectivity\./, '');
  return own === quantity || Object.hasOwn(headers, own) ? own : null;
}

/** One run of a sweep in the summary. */
export interface SweepRow {
  readonly run: string;
  readonly values: Readonly<Record<string, number | string>>;
  readonly models: number;
  readonly measured: Readonly<Record<string, Measured>>;
}

/** The summary's row of a run. */
export function sweepRow({ name, values }: SweepRun, { models, values: found }: RunOutcome): SweepRow {
  return {
    run: name,
    values,
    models: models.length,
    measured: {
      testAccuracy: over(models.map(({ accuracy }) => 100 * accuracy)),
      testLoss: over(models.map(({ loss }) => loss)),
      ...Object.fromEntries(
        Object.entries(found).flatMap(([quantity, own]) => {
          const called = nameOf(quantity);
          return called === null ? [] : [[called, over(own)]];
        }),
      ),
    },
  };
}

function over(values: readonly number[]): Measured {
  const { mean, standardError } = meanWithError(values);
  return { mean: Number.isFinite(mean) ? mean : null, standardError };
}

/** The quantities that any run has: regression knows no accuracy. */
export const quantitiesOf = (rows: readonly SweepRow[]): string[] =>
  distinct(rows.flatMap(({ measured }) => Object.keys(measured))).filter((quantity) =>
    rows.some(({ measured }) => (measured[quantity]?.mean ?? null) !== null),
  );

/** The summary as a table: settings, then means with one standard error. */
export function sweepTable(rows: readonly SweepRow[], axes: readonly Axis[]): Table {
  const shown = quantitiesOf(rows);
  return {
    caption: 'Means over models and over pairs of models (1,2), (3,4), ..., with one standard error; paths without alignment, test data',
    columns: [
      ...axes.map(({ name }) => ({ header: name, align: 'right' as const })),
      ...shown.map((quantity) => ({ header: headerOf(quantity), align: 'right' as const })),
    ],
    rows: rows.map(({ values, measured }) => [
      ...axes.map(({ name }) => values[name] ?? null),
      ...shown.map((quantity) => {
        const { mean, standardError } = measured[quantity] ?? { mean: null, standardError: null };
        return mean === null
          ? null
          : formatWithError(mean, standardError, quantity.toLowerCase().includes('loss') || Math.abs(mean) < 1 ? 4 : 2);
      }),
    ]),
  };
}

/** The summary as flat rows, for CSV and Parquet. */
export const flatRows = (rows: readonly SweepRow[]): ParquetRow[] =>
  rows.map(({ run, values, models, measured }) => ({
    run,
    ...values,
    models,
    ...Object.fromEntries(
      quantitiesOf(rows).flatMap((quantity) => [
        [quantity, measured[quantity]?.mean ?? null],
        [`${quantity}Error`, measured[quantity]?.standardError ?? null],
      ]),
    ),
  }));

/** A figure per quantity: along the first setting, a line per combination of the others. */
export function sweepFigures(rows: readonly SweepRow[], [along, ...others]: readonly Axis[]): { name: string; figure: Figure }[] {
  if (along === undefined) return [];
  const seriesOf = (row: SweepRow) => others.map(({ name }) => `${name} ${row.values[name]}`).join(', ') || 'all';
  // A setting with numbers and texts stands in its order, as texts.
  const places = distinct(rows.map((row) => row.values[along.name]!));
  const numeric = places.every((place) => typeof place === 'number');
  return quantitiesOf(rows).map((quantity) => {
    const points = rows.map((row): DependenceRow => {
      const { mean, standardError } = row.measured[quantity] ?? { mean: null, standardError: null };
      const at = row.values[along.name]!;
      return { panel: headerOf(quantity), series: seriesOf(row), at: numeric ? at : String(at), mean: mean ?? NaN, standardError };
    });
    const figure = dependenceFigure(points, {
      title: `${headerOf(quantity)} by ${along.name}`,
      quantity: headerOf(quantity),
      along: along.name,
    });
    return { name: quantity, figure };
  });
}
