import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from '../testing/run-cli.fixture.js';
import { combinations, flatRows, parseGrid, sweepFigures, type SweepRow, sweepTable } from '@basinlab/experiments';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'basinlab-sweep-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('grids', () => {
  test('every combination is a run, the last setting changing fastest', () => {
    const runs = combinations(parseGrid(['breaking.options.fixedScale=0,[1, 0.5]', 'seed=1,2']));
    expect(runs.map(({ name }) => name)).toEqual([
      'fixedScale=0,seed=1',
      'fixedScale=0,seed=2',
      'fixedScale=1,-0.5,seed=1',
      'fixedScale=1,-0.5,seed=2',
    ]);
    expect(runs[3]).toMatchObject({
      overrides: ['breaking.options.fixedScale=[1, 0.5]', 'seed=2'],
      values: { fixedScale: '[1, 0.5]', seed: 2 },
    });
  });

  test('settings of one name are told apart by the keys before', () => {
    const names = parseGrid(['breaking.id=w,syre', 'dataset.id=mnist', 'seed=1']).map(({ name }) => name);
    expect(names).toEqual(['breaking.id', 'dataset.id', 'seed']);
  });

  test('a folder is named by what every file system takes', () => {
    const [run] = combinations(parseGrid(['dataset.options.directory=../a b/"c,d"']));
    expect(run!.name).toBe('directory=..-a-b-c,d');
  });

  test.each([
    [['seed'], 'path=value,value,..., got seed'],
    [['seed='], 'path=value,value,...'],
    [['seed=1,,2'], 'path=value,value,...'],
    [['seed=1,2,1'], 'every value of seed once, got 1'],
    [['seed=1', 'seed=2'], 'every setting once, got seed'],
  ])('%j is a usage error', (grid, message) => {
    expect(() => parseGrid(grid)).toThrow(message);
    expect(() => parseGrid(grid)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

const value = (mean: number | null) => ({ mean, standardError: null });
const rows: SweepRow[] = [0, 'big'].map((scale) => ({
  run: `fixedScale=${scale}`,
  values: { fixedScale: scale },
  models: 2,
  measured: { testAccuracy: value(97), testLoss: value(0.1), accuracyBarrier: value(-1), lossBarrier: value(null) },
}));

test('what no run has is not shown, and settings with numbers and texts stand side by side', () => {
  const axes = parseGrid(['breaking.options.fixedScale=0,big']);
  expect(sweepTable(rows, axes).columns.map(({ header }) => header)).toEqual([
    'fixedScale',
    'test accuracy (%)',
    'test loss',
    'accuracy barrier (%)',
  ]);
  expect(sweepFigures(rows, axes).map(({ name }) => name)).toEqual(['testAccuracy', 'testLoss', 'accuracyBarrier']);
  expect(flatRows(rows)[1]).toMatchObject({ run: 'fixedScale=big', fixedScale: 'big', models: 2, testAccuracy: 97 });
});

/** Of `config.json` what is looked at. */
interface RunConfig {
  readonly config: { readonly architecture: { readonly options: { readonly inputs?: number } } };
}

describe('basinlab sweep', () => {
  const small = ['dataset.id=gaussian-blobs', 'architecture.options={"inputs":8,"widths":[16,16],"outputs":4}', 'training.epochs=1'];
  const args = (out: string, ...more: string[]) => [
    'sweep',
    '--engine',
    'cpu',
    '--out',
    out,
    ...[...small, 'breaking.id=w', 'breaking.options.fixedPerUnit=2'].flatMap((setting) => ['--set', setting]),
    '--points',
    '3',
    ...more,
  ];

  test('trains every combination once, goes on where it stopped, and summarises', async () => {
    const out = join(folder, 'sweep');
    const first = await inProcess(...args(out, '--grid', 'breaking.options.fixedScale=0,1', '--json'));
    expect({ code: first.code, log: first.code === 0 ? '' : first.log }).toEqual({ code: 0, log: '' });
    const summary = JSON.parse(first.out) as { rows: SweepRow[] };
    expect(summary.rows.map(({ values }) => values['fixedScale'])).toEqual([0, 1]);
    for (const { measured } of summary.rows) {
      expect(measured['testAccuracy']!.mean).toBeGreaterThan(0);
      expect(measured['accuracyBarrier']!.mean).toBeLessThanOrEqual(0);
    }
    expect(readdirSync(out).sort()).toEqual([
      'accuracyBarrier.svg',
      'fixedScale=0',
      'fixedScale=1',
      'lossBarrier.svg',
      'report.html',
      'results.parquet',
      'sweep.csv',
      'sweep.json',
      'testAccuracy.svg',
      'testLoss.svg',
    ]);
    expect(readFileSync(join(out, 'sweep.csv'), 'utf8').split('\n')).toHaveLength(4);

    const result = (name: string) => join(out, name, 'result.json');
    const before = statSync(result('fixedScale=0')).mtimeMs;
    rmSync(result('fixedScale=1'));
    const second = await inProcess(...args(out, '--grid', 'breaking.options.fixedScale=0,1,2', '--json'));
    expect((JSON.parse(second.out) as { rows: SweepRow[] }).rows.slice(0, 2)).toEqual(summary.rows);
    expect(statSync(result('fixedScale=0')).mtimeMs).toBe(before);
    expect(existsSync(result('fixedScale=2'))).toBe(true);

    const asked = await inProcess('query', 'select fixedScale from results order by all', out, '--csv');
    const measured = await inProcess('query', 'select distinct measurement, count(*) from measured group by all', out, '--csv');
    // A path of three points and its barriers for each of three runs.
    expect(measured.out).toBe('measurement,count_star()\nlinear-mode-connectivity,12\n');
    expect(asked.out).toBe('fixedScale\n0\n1\n2\n');

    // On how many devices models move changes no result.
    rmSync(result('fixedScale=1'));
    const onOne = await inProcess(...args(out, '--grid', 'breaking.options.fixedScale=0,1,2', '--json', '--set', 'training.devices=1'));
    expect((JSON.parse(onOne.out) as { rows: SweepRow[] }).rows.slice(0, 2)).toEqual(summary.rows);

    const others = await inProcess(...args(out, '--grid', 'breaking.options.fixedScale=0,1', '--seed', '5'));
    expect(others).toMatchObject({ code: 2, log: expect.stringContaining('a run of the same settings, or none') });
  }, 120_000);

  test('takes the sizes that settings leave out from the data of every run', async () => {
    const out = join(folder, 'sizes');
    const call = (...more: string[]) =>
      inProcess(
        ...['sweep', '--engine', 'cpu', '--out', out, '--points', '0', '--grid', 'dataset.options.features=4,6', '--json', ...more],
        ...['dataset.id=gaussian-blobs', 'architecture.options.widths=[8]', 'training.epochs=1'].flatMap((setting) => ['--set', setting]),
      );
    const first = await call();
    expect({ code: first.code, log: first.code === 0 ? '' : first.log }).toEqual({ code: 0, log: '' });
    const inputs = [4, 6].map((size) => {
      const { config } = JSON.parse(readFileSync(join(out, `features=${size}`, 'config.json'), 'utf8')) as RunConfig;
      return config.architecture.options.inputs;
    });
    expect(inputs).toEqual([4, 6]);
    expect((JSON.parse((await call()).out) as { rows: unknown }).rows).toEqual((JSON.parse(first.out) as { rows: unknown }).rows);
    expect(await call('--set', 'architecture.options.inputs=5')).toMatchObject({
      code: 2,
      log: expect.stringContaining('a run of the same settings'),
    });
  }, 60_000);

  test.each([
    [[], 'a setting to change, got no --grid'],
    [['--grid', 'breaking.options.fixedscale=0,1'], 'Did you mean breaking.options.fixedScale?'],
    [['--grid', 'breaking.options.fixedScale=0,x'], 'breaking.options.fixedScale must be a number from 0'],
    [['--grid', 'seed=1,2', '--points', '2'], '--points: a whole number from 3, or 0 for none, got 2'],
    [['--grid', 'dataset.options.structure=a b,a-b'], 'a known key of dataset.options'],
  ])('%j is refused before anything is made', async (more, message) => {
    const out = join(folder, 'refused');
    const { code, log } = await inProcess(...args(out, ...more));
    expect(log).toContain(message);
    expect([code, existsSync(out)]).toEqual([2, false]);
  });
});
