import type { MeasurementRow, SummaryRow } from '@basinlab/core';
import { groupBy, meanWithError } from '@basinlab/report';

/** Which column becomes which quantity, and by what rows are grouped. */
export interface AggregateOptions {
  /** What the number is called. */
  readonly quantity: string;
  /** Column of the values; rows without one are left out. */
  readonly value: string;
  /** Columns that tell the numbers apart, in this order; all else (pairs, models, seeds) is averaged over. */
  readonly by: readonly string[];
  /** Only rows with these values. */
  readonly where?: Readonly<Record<string, string | number | boolean | null>>;
  /** The paper's number for the labels of a row. */
  readonly paper?: (labels: MeasurementRow) => number | null;
}

/** Means with one standard error over everything that `by` does not name, in order of first appearance. */
export function aggregate(rows: readonly MeasurementRow[], { quantity, value, by, where = {}, paper }: AggregateOptions): SummaryRow[] {
  const chosen = rows.filter(
    (row) => typeof row[value] === 'number' && Object.entries(where).every(([name, wanted]) => (row[name] ?? null) === wanted),
  );
  return [...groupBy(chosen, (row) => JSON.stringify(by.map((name) => row[name] ?? null)))].map(([, same]): SummaryRow => {
    const labels = Object.fromEntries(by.map((name) => [name, same[0]![name] ?? null]));
    return {
      quantity,
      ...labels,
      ...meanWithError(same.map((row) => row[value] as number)),
      values: same.length,
      paper: paper?.(labels) ?? null,
    };
  });
}

/** The mean of the row with these labels; undefined where there is none. */
export function numberAt(rows: readonly SummaryRow[], quantity: string, labels: Readonly<Record<string, unknown>>): number | undefined {
  return rows.find((row) => row.quantity === quantity && Object.entries(labels).every(([name, value]) => row[name] === value))?.mean;
}
