import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRun, writeParquet, type Json } from '@basinlab/core/store';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inProcess } from '../testing/run-cli.fixture.js';
import { toCsv } from '@basinlab/report';
import { openDatabase, findRuns, plainValue } from '@basinlab/experiments';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "basinlab's query-"));
  for (const [name, scale] of [
    ['sweep/one', 0.5],
    ['sweep/two', 2],
  ] as const) {
    const config = { seed: 7, breaking: { id: 'w', options: { fixedScale: scale } }, training: { epochs: 3, models: 2 } };
    const run = await createRun(join(folder, name), { config: config as unknown as Json, versions: { engine: 'cpu' }, plugins: {} });
    for (const epoch of [1, 2])
      await run.append({
        kind: 'metric',
        stage: 'train',
        rows: [{ name: 'loss', value: scale / epoch, labels: { epoch, split: 'validation' } }],
      });
    await run.close();
  }
  await writeParquet(join(folder, 'sweep', 'results.parquet'), [{ run: 'one', accuracy: 90 }, { run: 'two' }]);
  mkdirSync(join(folder, 'unfinished'));
  writeFileSync(join(folder, 'unfinished', 'config.json'), JSON.stringify({ config: { seed: 1 }, versions: {}, plugins: {} }));
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'other', 'config.json'), '{"not": "a run"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = async (sql: string, ...more: string[]) => {
  const { code, out, log } = await inProcess('query', sql, join(folder, 'sweep'), '--json', ...more);
  expect([code, log]).toEqual([0, '']);
  return (JSON.parse(out) as { rows: Record<string, unknown>[] }).rows;
};

describe('basinlab query', () => {
  test('joins settings and metrics of many runs', async () => {
    const sql = `select config ->> '$.config.breaking.options.fixedScale' as scale, seed, models, min(value) as least
      from runs join metrics using (run) where name = 'loss' group by all order by scale`;
    expect(await ask(sql)).toEqual([
      { scale: '0.5', seed: 7, models: 2, least: 0.25 },
      { scale: '2', seed: 7, models: 2, least: 1 },
    ]);
  });

  test('results of a sweep are a table, missing values null', async () => {
    expect(await ask('select run, accuracy from results order by run')).toEqual([
      { run: 'one', accuracy: 90 },
      { run: 'two', accuracy: null },
    ]);
  });

  test('without a query shows tables and columns; a folder alone is not a query', async () => {
    const { code, out } = await inProcess('query', join(folder, 'sweep'));
    expect(code).toBe(0);
    for (const name of ['runs', 'metrics', 'results', 'breaking', 'value', 'accuracy']) expect(out).toContain(name);
  });

  test('as CSV', async () => {
    const { out } = await inProcess('query', `select 'a,"b' as x, null as y, [1, 2] as z`, folder, '--csv');
    expect(out).toBe('x,y,z\n"a,""b",,"[1,2]"\n');
  });

  test('says which runs have no metrics', async () => {
    const { log, out } = await inProcess('query', 'select count(*) as n from runs', folder, '--csv');
    expect(out).toBe('n\n3\n');
    expect(log).toContain('query: 1 run without metrics.parquet');
  });

  test.each([
    ['select valu from metrics', 'Candidate bindings: "value"'],
    ['selct 1', 'syntax error'],
  ])('%s is a usage error in the words of DuckDB', async (sql, message) => {
    const { code, out, log } = await inProcess('query', sql, folder);
    expect([code, out]).toEqual([2, '']);
    expect(log).toContain(message);
  });

  test('folders without runs, and folders that are not there, are refused', async () => {
    expect(await inProcess('query', 'select 1', join(folder, 'other'))).toMatchObject({
      code: 2,
      log: expect.stringContaining('with runs'),
    });
    const missing = await inProcess('query', 'select 1', join(folder, 'nothing'));
    expect(missing).toMatchObject({ code: 2, log: expect.stringContaining('there is none') });
  });

  test.each([
    ['reads no other file', (file: string) => `select * from read_text('${file}')`],
    ['writes none', (file: string) => `copy (select 1) to '${file}'`],
    ['opens no database', (file: string) => `attach '${file}.db' as other`],
    ['loads no extension', () => 'install httpfs'],
    ['cannot change that', () => 'set enable_external_access = true'],
  ])('%s', async (_, sqlOf) => {
    const file = join(mkdtempSync(join(tmpdir(), 'basinlab-other-')), 'config.json');
    writeFileSync(file, 'kept');
    const { code, log } = await inProcess('query', sqlOf(file), join(folder, 'sweep'));
    expect([code, log]).toEqual([2, expect.stringMatching(/disabled|locked|[Cc]annot change/)]);
    expect(readFileSync(file, 'utf8')).toBe('kept');
    if (sqlOf(file).startsWith('select'))
      expect((await inProcess('query', sqlOf(file), join(folder, 'sweep'), '--allow-files')).out).toContain('kept');
  });

  test('counts a run once whose folder looks like a pattern', async () => {
    const strange = join(mkdtempSync(join(tmpdir(), 'basinlab-strange-')));
    for (const name of ['run[ab]', 'runa', 'run*', 'run?']) {
      const run = await createRun(join(strange, name), { config: {}, versions: {}, plugins: {} });
      await run.append({ kind: 'metric', stage: 'train', rows: [{ name: 'loss', value: 1, labels: { epoch: 1 } }] });
      await run.close();
    }
    const { out } = await inProcess('query', 'select run, count(*) as n from metrics group by run order by run', strange, '--json');
    const { rows } = JSON.parse(out) as { rows: { run: string; n: number }[] };
    expect(rows.map(({ run, n }) => [basename(run), n])).toEqual(['run*', 'run?', 'run[ab]', 'runa'].map((name) => [name, 1]));
  });

  test('an interruption stops a long query', async () => {
    const database = await openDatabase(await findRuns([folder]));
    const controller = new AbortController();
    const long = database.query('select count(*) from range(1000000000) a, range(100000) b', controller.signal);
    setTimeout(() => controller.abort(), 50);
    await expect(long).rejects.toThrow(/[Ii]nterrupt/);
    database.close();
  });
});

test('values of queries are plain', () => {
  expect(plainValue([1n, 2n ** 60n, NaN, new Date(0), { a: undefined }])).toEqual([
    1,
    String(2n ** 60n),
    null,
    '1970-01-01T00:00:00.000Z',
    { a: null },
  ]);
  expect(toCsv({ columns: [{ name: 'a' }], rows: [['line\nbreak'], [true]] })).toBe('a\n"line\nbreak"\ntrue\n');
});
