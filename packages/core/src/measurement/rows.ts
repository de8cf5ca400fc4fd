import { BasinlabError } from '@basinlab/tensor';
import type { Measurement, MeasurementRow } from '../contracts/index.js';

/**
 * Rows with a value for every declared column, null where there is none.
 * @throws BasinlabError for a column that was not declared, or a value of another type
 */
export function completeRows({ id, columns }: Pick<Measurement, 'id' | 'columns'>, rows: readonly MeasurementRow[]): MeasurementRow[] {
  const types = new Map(columns.map(({ name, type }) => [name, type === 'number' ? ['number'] : ['string', 'boolean']]));
  return rows.map((row) => {
    for (const [name, value] of Object.entries(row)) {
      const allowed = types.get(name);
      if (allowed === undefined) throw new BasinlabError(id, `columns among ${[...types.keys()].join(', ')}`, name);
      if (value !== null && !allowed.includes(typeof value))
        throw new BasinlabError(id, `a ${allowed[0] === 'number' ? 'number' : 'text'} in column ${name}`, value);
    }
    return Object.fromEntries([...types.keys()].map((name) => [name, row[name] ?? null]));
  });
}
