import type * as DuckDb from '@duckdb/node-api';
import { BasinlabError } from '@basinlab/core';
import { usageError } from '../errors/usage-error.js';
import type { FoundFolder } from './find-runs.js';
import { plainValue, type PlainValue } from './plain-value.js';

/** Columns and rows of an answer. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly PlainValue[])[];
}

/** An in-memory database over runs. */
export interface RunDatabase {
  /** Throws a usage error with DuckDB's own words where the query is wrong, and when the signal is aborted. */
  query(sql: string, signal: AbortSignal): Promise<QueryResult>;
  close(): void;
}

/** Columns of `runs` after `run`, and where they stand in `config.json`. */
const runColumns = [
  ['seed', 'bigint', '$.config.seed'],
  ['dataset', 'varchar', '$.config.dataset.id'],
  ['architecture', 'varchar', '$.config.architecture.id'],
  ['breaking', 'varchar', '$.config.breaking.id'],
  ['models', 'bigint', '$.config.training.models'],
  ['epochs', 'bigint', '$.config.training.epochs'],
  ['batchSize', 'bigint', '$.config.training.batchSize'],
  ['learningRate', 'double', '$.config.training.learningRate'],
  ['optimizer', 'varchar', '$.config.training.optimizer.id'],
  ['schedule', 'varchar', '$.config.training.schedule.id'],
  ['engine', 'varchar', '$.versions.engine'],
] as const;

/**
 * Opens a database with `runs` (a row per run; `config` is its whole `config.json`), `metrics` (every `metrics.parquet`, with the column `run`) and
 * `results` (every `results.parquet` of a sweep or reproduction, with the column `folder`) and `measured` (what was measured on runs, with the column `run`). Queries reach nothing
 * else: no file, no network, no extension, unless `allowFiles`. Where a query is given, files of tables that it does not name are not read.
 */
export async function openDatabase(
  folders: readonly FoundFolder[],
  { allowFiles = false, sql = '' }: { readonly allowFiles?: boolean; readonly sql?: string } = {},
): Promise<RunDatabase> {
  const { DuckDBInstance } = await loadDuckDb();
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await makeRuns(connection, folders);
    for (const { name, key, filesOf } of tablesFor(sql)) await makeTable(connection, name, key, folders, filesOf);
    if (!allowFiles) await connection.run('set enable_external_access = false');
    await connection.run('set lock_configuration = true');
  } catch (error) {
    close();
    throw error;
  }
  return { query: (sql, signal) => runQuery(connection, sql, signal), close };
}

/** Tables of files, and which a folder has. */
const fileTables: readonly { name: string; key: string; filesOf: (folder: FoundFolder) => readonly string[] }[] = [
  { name: 'metrics', key: 'run', filesOf: ({ metrics }) => (metrics === null ? [] : [metrics]) },
  { name: 'results', key: 'folder', filesOf: ({ results }) => (results === null ? [] : [results]) },
  { name: 'measured', key: 'run', filesOf: ({ measurements }) => measurements },
];

/** Those that a query names: thousands of files take time and memory. All where it names no table of ours, as one about the tables themselves. */
function tablesFor(sql: string): typeof fileTables {
  const words = new Set(sql.toLowerCase().split(/\W+/));
  const named = fileTables.filter(({ name }) => words.has(name));
  return named.length > 0 || (words.has('runs') && !words.has('information_schema')) ? named : fileTables;
}

async function loadDuckDb(): Promise<typeof DuckDb> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    throw new BasinlabError('query', 'the optional package @duckdb/node-api', (cause as Error).message.split('\n')[0], {
      remedy: 'npm install @duckdb/node-api',
      cause,
    });
  }
}

async function makeRuns(connection: DuckDb.DuckDBConnection, folders: readonly FoundFolder[]): Promise<void> {
  const runs = folders.filter(({ config }) => config !== null);
  await fill(
    connection,
    'create table found (run varchar, config varchar)',
    runs.map(({ path, config }) => [path, JSON.stringify(config)]),
  );
  const columns = runColumns.map(([name, type, at]) => `try_cast(config ->> '${at}' as ${type}) as "${name}"`);
  await connection.run(
    `create table runs as select run, ${columns.join(', ')}, config from (select run, config::json as config from found)`,
  );
  await connection.run('drop table found');
}

/** Makes the table `found` of two columns of text. */
async function fill(connection: DuckDb.DuckDBConnection, create: string, rows: readonly (readonly [string, string])[]): Promise<void> {
  await connection.run(create);
  const appender = await connection.createAppender('found');
  for (const row of rows) {
    for (const value of row) appender.appendVarchar(value);
    appender.endRow();
  }
  appender.closeSync();
}

async function makeTable(
  connection: DuckDb.DuckDBConnection,
  table: string,
  key: string,
  folders: readonly FoundFolder[],
  filesOf: (folder: FoundFolder) => readonly string[],
): Promise<void> {
  const files = folders.flatMap((folder) => filesOf(folder).map((file) => ({ file, path: folder.path })));
  if (files.length === 0) {
    await connection.run(
      `create table ${table} ("${key}" varchar, model double, epoch double, split varchar, stage varchar, name varchar, value double)`,
    );
    return;
  }
  // Thousands of files: their folders are looked up in a table, not in a list of cases.
  await fill(
    connection,
    'create table found (filename varchar, "folder of file" varchar)',
    files.map(({ file, path }) => [file, path]),
  );
  const list = files.map(({ file }) => quoted(literal(file))).join(', ');
  await connection.run(
    `create table ${table} as select "folder of file" as "${key}", * exclude (filename, "folder of file")
     from read_parquet([${list}], union_by_name = true, filename = true) join found using (filename)`,
  );
  await connection.run('drop table found');
}

/** A path as a pattern that matches it alone. */
const literal = (path: string): string => path.replaceAll(/[*?[]/g, '[$&]');

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

async function runQuery(connection: DuckDb.DuckDBConnection, sql: string, signal: AbortSignal): Promise<QueryResult> {
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    const reader = await connection.runAndReadAll(sql);
    const types = reader.columnTypes();
    return {
      columns: reader.deduplicatedColumnNames().map((name, index) => ({ name, type: String(types[index]) })),
      rows: reader.getRowsJS().map((row) => row.map(plainValue)),
    };
  } catch (error) {
    throw usageError('query', 'a query that DuckDB can run', sql, (error as Error).message.trim());
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}
