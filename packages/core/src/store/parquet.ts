import { readFile } from 'node:fs/promises';
import { BasinlabError, demand } from '@basinlab/tensor';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { BasicType } from 'hyparquet-writer';
import { atomicWrite } from './atomic-write.js';
import { fileError } from './file-error.js';
import { digestedBy, emptyDigest, putDigest, requireDigest } from './parquet-digest.js';

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
 * Writes rows as a Parquet file, atomically, with the SHA-256 of the whole file in its footer. Columns are the union of the rows' keys in order of appearance; a missing value is null.
 * @param types of columns; a column without one is `double`, `int64`, `string` or `boolean` by its first value (`string` where it has none),
 * never narrower, so that the files of many runs have one schema
 * @param metadata texts for the footer
 */
export async function writeParquet(
  path: string,
  rows: readonly ParquetRow[],
  types: Readonly<Record<string, ParquetType>> = {},
  metadata: Readonly<Record<string, string>> = {},
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
  const kvMetadata = [...Object.entries(metadata).map(([key, value]) => ({ key, value })), emptyDigest];
  const bytes = Buffer.from(parquetWriteBuffer({ columnData, createdBy: digestedBy, kvMetadata }));
  putDigest(bytes);
  await atomicWrite(path, bytes);
}

/** Reads all rows of a Parquet file. @throws BasinlabError where the file is missing, truncated, damaged or no Parquet. */
export async function readParquet(path: string): Promise<Record<string, ParquetValue>[]> {
  return reading(path, async (file) => {
    const metadata = parquetMetadata(file);
    const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
    const rows: Record<string, ParquetValue>[] = [];
    // One column of one row group at a time: where several fail at once, the reader leaves all errors but one unhandled, which ends the process.
    for (const { num_rows } of metadata.row_groups) {
      const rowStart = rows.length;
      const rowEnd = rowStart + Number(num_rows);
      for (const column of columns) {
        const part = (await parquetReadObjects({ file, metadata, columns: [column], rowStart, rowEnd })) as Record<string, ParquetValue>[];
        part.forEach((row, at) => Object.assign((rows[rowStart + at] ??= {}), row));
      }
    }
    return rows;
  });
}

/**
 * The texts of a Parquet file's footer, once the file is known to be whole: for files that another program will read.
 * @throws BasinlabError where the file is missing, truncated, damaged or no Parquet
 */
export async function checkParquet(path: string): Promise<Readonly<Record<string, string>>> {
  return reading(path, (file) =>
    Object.fromEntries((parquetMetadata(file).key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''])),
  );
}

const remedy =
  'It is missing, truncated or damaged: delete it and start the command that made it again (basinlab resume for metrics.parquet of a run), or put back a copy';

async function reading<T>(path: string, read: (file: ArrayBuffer) => T | Promise<T>): Promise<T> {
  try {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw fileError(path, 'must be a readable Parquet file', error);
    });
    requireDigest(path, bytes, remedy);
    return await read(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
  } catch (error) {
    if (error instanceof BasinlabError) throw error;
    throw new BasinlabError(path, 'must be a readable Parquet file', (error as Error).message, { remedy, cause: error });
  }
}

function fits(value: ParquetValue, type: ParquetType): boolean {
  return typeof value === written[type].holds && (type !== 'int32' || value === ((value as number) | 0));
}
