import { existsSync } from 'node:fs';
import { textTable, toCsv } from '@basinlab/report';
import { examples, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { findRuns, openDatabase, type PlainValue, type QueryResult } from '@basinlab/experiments';

interface QueryFlags {
  readonly csv?: boolean;
  readonly allowFiles?: boolean;
}

/** `basinlab query`: SQL over many runs. */
export const addQuery: AddCommand = (program, context) => {
  program
    .command('query')
    .description('ask many runs at once, in SQL (DuckDB): tables runs, metrics, results and measured; without a query, their columns')
    .argument('[sql]', 'the query')
    .argument('[dirs...]', 'runs, or folders with runs in them (default: runs)')
    .option('--csv', 'print comma-separated values')
    .option('--allow-files', 'let the query read and write other files (default: nothing but the runs)')
    .addHelpText(
      'after',
      examples([
        ['basinlab query', 'tables and columns of the runs under ./runs'],
        ['basinlab query "select run, breaking, epochs from runs" runs', 'one row per run'],
        [
          `basinlab query "select run, max(value) from metrics where name = 'accuracy' and split = 'validation' group by run"`,
          'best accuracy',
        ],
        [`basinlab query "select run, config ->> '$.config.breaking.options.fixedScale' as scale from runs" runs/sweep`, 'any setting'],
        ['basinlab query "select * from results" runs/sweep --csv', 'what a sweep or a reproduction found'],
        ['basinlab query "select * from measured" runs', 'what basinlab measure found'],
      ]),
    )
    .action((sql: string | undefined, dirs: readonly string[], flags: QueryFlags) => {
      // A folder alone: its tables.
      const [question, places] = sql !== undefined && existsSync(sql) ? [undefined, [sql, ...dirs]] : [sql, dirs];
      return context.finish(query(question, places.length === 0 ? ['runs'] : places, flags, context));
    });
};

const overview = `select table_name as "table", column_name as "column", data_type as "type"
from information_schema.columns order by list_position(['runs', 'metrics', 'results', 'measured'], table_name), ordinal_position`;

async function query(
  sql: string | undefined,
  dirs: readonly string[],
  { csv, allowFiles }: QueryFlags,
  { terminal, signal }: CommandContext,
): Promise<Outcome> {
  const folders = await findRuns(dirs);
  const silent = folders.filter(({ config, metrics }) => config !== null && metrics === null).length;
  if (silent > 0)
    terminal.log(
      `query: ${silent} ${silent === 1 ? 'run' : 'runs'} without metrics.parquet: still going on, or killed (basinlab resume goes on with it)`,
    );
  const database = await openDatabase(folders, { allowFiles: allowFiles === true, sql: sql ?? overview });
  try {
    const result = await database.query(sql ?? overview, signal);
    return { text: csv === true ? toCsv(result) : table(result), json: asDocument(result) };
  } finally {
    database.close();
  }
}

const table = ({ columns, rows }: QueryResult): string =>
  textTable({
    columns: columns.map(({ name }, index) => ({
      header: name,
      align: rows.some((row) => typeof row[index] === 'number') ? 'right' : 'left',
    })),
    rows: rows.map((row) => row.map(cell)),
  });

const cell = (value: PlainValue): string | number | null =>
  value === null || typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);

const asDocument = ({ columns, rows }: QueryResult) => ({
  columns,
  rows: rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]))),
});
