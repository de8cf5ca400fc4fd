import { readFile } from 'node:fs/promises';
import { BasinlabError, demand } from '@basinlab/tensor';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { BasicType } from 'hyparquet-writer';
import { atomicWrite } from './atomic-write.js';

/** A value of a cell; null where there is none. */
export type ParquetValue = number | string | boolean | bigint | null;
/** Values by column; a column that is left out is null. */
export type ParquetRow = Readonly<Record<string, ParquetValue | undefined>>;
/** Types of columns. */
export type ParquetType = 'double' | 'int32' | 'int64' | 'string' | 'boolean';

/** `int64` is written from bigints and read as bigints; `int32` and `double` are numbers on both sides. */
const written: Record<ParquetType, { type: BasicType; holds: string }> = {
  double: { type: 'DOUBLE', holds: 'number' },
  int32: { type: 'INT32', holds: 'number' },
  int64: { type: 'INT64', holds: 'bigint' },
  string: { type: 'STRING', holds: 'string' },
  boolean: { type: 'BOOLEAN', holds: 'boolean' },
};
const byDefault = new Map<string, ParquetType>([
  ['number', 'double'],
  ['bigint', 'int64'],
  ['string', 'string'],
  ['boolean', 'boolean'],
]);

/**
 * Writes rows as a Parquet file, atomically. Columns are the union of the rows' keys in order of appearance; a missing value is null.
 * @param types of columns; a column without one is `double`, `int64`, `string` or `boolean` by its first value (`string` where it has none),
 * never narrower, so that the files of many runs have one schema
 */
export async function writeParquet(
  path: string,
  rows: readonly ParquetRow[],
  types: Readonly<Record<string, ParquetType>> = {},
): Promise<void> {
  const names = [...new Set([...Object.keys(types), ...rows.flatMap((row) => Object.keys(row))])];
  demand(names.length > 0, path, 'must have at least one column', 'none', 'Give rows, or `types` for a file without rows.');
  const columnData = names.map((name) => {
    const data = rows.map((row) => row[name] ?? null);
    const type = types[name] ?? byDefault.get(typeof data.find((value) => value !== null)) ?? 'string';
    const odd = data.find((value) => value !== null && !fits(value, type));
    demand(odd === undefined, `${path}: column "${name}"`, `values must be of type ${type}`, String(odd));
    return { name, data, type: written[type].type };
  });
  await atomicWrite(path, new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'basinlab' })));
}

/** Reads all rows of a Parquet file. @throws BasinlabError where the file is missing, truncated or no Parquet. */
export async function readParquet(path: string): Promise<Record<string, ParquetValue>[]> {
  try {
    const bytes = await readFile(path);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    return (await parquetReadObjects({ file })) as Record<string, ParquetValue>[];
  } catch (error) {
    throw new BasinlabError(path, 'must be a readable Parquet file', (error as Error).message, {
      remedy: 'It is missing, truncated or damaged.',
      cause: error,
    });
  }
}

function fits(value: ParquetValue, type: ParquetType): boolean {
  return typeof value === written[type].holds && (type !== 'int32' || value === ((value as number) | 0));
}
