import type { ParquetRow } from '@basinlab/core/store';
import { dependenceFigure, distinct, formatWithError, meanWithError, type DependenceRow, type Figure, type Table } from '@basinlab/report';
import type { Axis } from './grid.js';
import type { RunOutcome, SweepRun } from './run-sweep.js';

/** A mean over models or pairs; the error is null where there is one, the mean where there is none or it is not a number. */
export interface Measured {
  readonly mean: number | null;
  readonly standardError: number | null;
}

export const quantities = {
  testAccuracy: 'test accuracy (%)',
  testLoss: 'test loss',
  accuracyBarrier: 'accuracy barrier (%)',
  lossBarrier: 'loss barrier',
} as const;
export type Quantity = keyof typeof quantities;

/** One run of a sweep in the summary. */
export interface SweepRow {
  readonly run: string;
  readonly values: Readonly<Record<string, number | string>>;
  readonly models: number;
  readonly measured: Readonly<Record<Quantity, Measured>>;
}

/** The summary's row of a run. */
export function sweepRow({ name, values }: SweepRun, { models, barriers }: RunOutcome): SweepRow {
  return {
    run: name,
    values,
    models: models.length,
    measured: {
      testAccuracy: over(models.map(({ accuracy }) => 100 * accuracy)),
      testLoss: over(models.map(({ loss }) => loss)),
      accuracyBarrier: over(barriers.map(({ accuracy }) => accuracy)),
      lossBarrier: over(barriers.map(({ loss }) => loss)),
    },
  };
}

function over(values: readonly number[]): Measured {
  const { mean, standardError } = meanWithError(values);
  return { mean: Number.isFinite(mean) ? mean : null, standardError };
}

/** The quantities that any run has: barriers are not always measured, and regression knows no accuracy. */
export const quantitiesOf = (rows: readonly SweepRow[]): Quantity[] =>
  (Object.keys(quantities) as Quantity[]).filter((quantity) => rows.some((row) => row.measured[quantity].mean !== null));

/** The summary as a table: settings, then means with one standard error. */
export function sweepTable(rows: readonly SweepRow[], axes: readonly Axis[]): Table {
  const shown = quantitiesOf(rows);
  return {
    caption: 'Means over models and over pairs of models (1,2), (3,4), ..., with one standard error; paths without alignment, test data',
    columns: [
      ...axes.map(({ name }) => ({ header: name, align: 'right' as const })),
      ...shown.map((quantity) => ({ header: quantities[quantity], align: 'right' as const })),
    ],
    rows: rows.map(({ values, measured }) => [
      ...axes.map(({ name }) => values[name] ?? null),
      ...shown.map((quantity) => {
        const { mean, standardError } = measured[quantity];
        return mean === null ? null : formatWithError(mean, standardError, quantity === 'testLoss' || quantity === 'lossBarrier' ? 4 : 2);
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
      (Object.keys(quantities) as Quantity[]).flatMap((quantity) => [
        [quantity, measured[quantity].mean],
        [`${quantity}Error`, measured[quantity].standardError],
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
      const { mean, standardError } = row.measured[quantity];
      const at = row.values[along.name]!;
      return { panel: quantities[quantity], series: seriesOf(row), at: numeric ? at : String(at), mean: mean ?? NaN, standardError };
    });
    const figure = dependenceFigure(points, {
      title: `${quantities[quantity]} by ${along.name}`,
      quantity: quantities[quantity],
      along: along.name,
    });
    return { name: quantity, figure };
  });
}
