import type { Measurement, MeasurementRow } from '@basinlab/core';
import { wholeRows, type MeasurementTable } from '@basinlab/experiments';
import { cellText, textTable } from '@basinlab/report';

const most = 40;

/**
 * A measurement's table for people: where it has rows of a whole (a path, a layer) beside rows of its parts (points, pairs of neurons), the former; long
 * ones cut; columns without a value left out.
 */
export function printTable(measurement: Measurement, { columns, rows }: MeasurementTable): string {
  const { id, summary } = measurement;
  const chosen = wholeRows(measurement, rows);
  const shown = columns.filter(({ name }) => chosen.some((row) => row[name] !== null && row[name] !== undefined));
  const cell = (row: MeasurementRow, name: string): string | number | null => {
    const value = row[name] ?? null;
    return typeof value === 'boolean' ? String(value) : value;
  };
  const table = textTable({
    caption: `${id}: ${summary}`,
    columns: shown.map(({ name, unit, type }) => ({
      header: unit === undefined ? name : `${name} (${unit})`,
      ...(type === 'number' ? { align: 'right' as const } : {}),
    })),
    rows: chosen.slice(0, most).map((row) => shown.map(({ name }) => cell(row, name))),
  });
  return chosen.length > most ? `${table}\n${cellText(chosen.length - most)} more rows: see the files, or --json` : table;
}

/** What there is to measure: `basinlab measure --list`. */
export function listMeasurements(measurements: readonly Measurement[]): string {
  return measurements
    .map(({ id, of, summary, columns }) => {
      const named = (role: 'axis' | 'value'): string =>
        columns
          .filter((column) => column.role === role)
          .map(({ name }) => name)
          .join(', ');
      const axes = named('axis');
      return `${id}\n  ${summary}\n  of: ${of}; yields ${named('value')}${axes === '' ? '' : `; by ${axes}`}`;
    })
    .join('\n');
}
