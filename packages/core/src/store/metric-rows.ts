import type { MetricRow } from '@basinlab/tensor';
import type { LoggedEvent } from './event-log.js';
import type { ParquetRow } from './parquet.js';

/**
 * One flat row per metric value: `stage`, `name`, `value` and a column per label. A label that is text in one row and a number in another
 * becomes text everywhere.
 */
export function metricRows(events: readonly LoggedEvent[]): ParquetRow[] {
  const flat = events
    .filter(({ kind }) => kind === 'metric')
    .flatMap(({ stage, rows }) =>
      (rows as readonly MetricRow[]).map(({ labels, name, value }) => ({ stage: stage as string, name, value, labels: labels ?? {} })),
    );
  const textual = new Set(flat.flatMap(({ labels }) => Object.keys(labels).filter((key) => typeof labels[key] === 'string')));
  return flat.map(({ labels, ...row }) => ({
    ...Object.fromEntries(Object.entries(labels).map(([key, label]) => [key, textual.has(key) ? String(label) : label])),
    ...row,
  }));
}
