import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';

let folder: string;
const at = (name: string): string => join(folder, name);
const files = (name: string): string[] => readdirSync(at(name), { recursive: true }).map(String);
const settings = ['dataset.id=gaussian-blobs', 'architecture.options.widths=[8]', 'training.epochs=2', 'training.models=2'].flatMap(
  (set) => ['--set', set],
);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-sinks-'));
  const lines =
    'export const lines = []; const sink = { id: "memory", summary: "keeps lines", options: { safeParse: () => ({ success: true, data: {} }), parse: (x) => x },';
  const open =
    'open: async (run) => ({ write: async (event) => { lines.push(event.kind); if (lines.length > 3) throw new Error("full"); }, close: async () => {} }) };';
  writeFileSync(at('memory.mjs'), `${lines} ${open} export default { sink: [sink] };`);
  const sinks = ['--sink', `tensorboard:directory=${at('live')}`, '--sink', 'memory', '--plugin', at('memory.mjs')];
  const { code, log } = await inProcess('train', '--engine', 'cpu', '--out', at('w'), ...settings, ...sinks);
  expect({ code, stopped: log.includes('sink memory stopped: full') }).toEqual({ code: 0, stopped: true });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('train tells sinks while it runs, and goes on where one of a plugin fails', () => {
  expect(files('live').filter((name) => name.includes('tfevents'))).toHaveLength(2);
  expect(existsSync(join(at('w'), 'metrics.parquet'))).toBe(true);
  expect(existsSync(join(at('w'), 'progress.json'))).toBe(false);
});

test('resume tells sinks too', async () => {
  const keep = ['--set', 'training.keepCheckpoints=all'];
  expect(await inProcess('train', '--engine', 'cpu', '--out', at('again'), ...settings, ...keep)).toMatchObject({ code: 0 });
  const checkpoints = join('again', 'checkpoints');
  rmSync(join(at(checkpoints), files(checkpoints).sort().at(-1)!), { recursive: true });
  expect(await inProcess('resume', at('again'), '--engine', 'cpu', '--sink', `tensorboard:directory=${at('later')}`)).toMatchObject({
    code: 0,
  });
  expect(files('later').some((name) => name.includes('tfevents'))).toBe(true);
});

test('reproduce tells sinks of every population, its training and what is measured on it, and of nothing twice', async () => {
  const figure = ['reproduce', 'lmc-subspace-dimension', '--scale', 'smoke', '--out', at('figure')];
  const { code, out } = await inProcess(...figure, '--sink', `tensorboard:directory=${at('curves')}`, '--json');
  // What to type to do it again does not say who else was told.
  expect({ code, command: (JSON.parse(out) as { command: string }).command }).toEqual({
    code: 0,
    command: expect.stringMatching(/^npx basinlab reproduce lmc-subspace-dimension --scale smoke --engine \w+$/),
  });
  const parts = ['model-1', 'model-2', 'pair-1-2'];
  const populations = readdirSync(join(at('figure'), 'populations')).sort();
  expect(populations).toHaveLength(3);
  const events = files('curves').filter((name) => name.includes('tfevents'));
  expect(events.map((name) => dirname(name)).sort()).toEqual(
    populations.flatMap((population) => parts.map((part) => join(population, part))).sort(),
  );
  for (const name of events) {
    const tag = name.includes('pair') ? 'linear-mode-connectivity/accuracyBarrier none test' : 'loss/train';
    expect(readFileSync(join(at('curves'), name)).includes(tag)).toBe(true);
  }
  expect(await inProcess(...figure, '--sink', `tensorboard:directory=${at('nothing')}`)).toMatchObject({ code: 0 });
  expect(existsSync(at('nothing'))).toBe(false);
}, 120_000);

test('reproduce refuses a sink where no population can be told of', async () => {
  const computed = ['reproduce', 'connectivity-rescaling', '--scale', 'smoke', '--out', at('computed')];
  expect(await inProcess(...computed, '--sink', 'tensorboard')).toMatchObject({
    code: 2,
    log: expect.stringContaining('connectivity-rescaling: populations that --sink can tell of, got none'),
  });
  expect(existsSync(at('computed'))).toBe(false);
});

test('sweep tells sinks of every run', async () => {
  const grid = ['gaussian-subspace-2-mlp-w', '--scale', 'smoke', '--grid', 'seed=1,2', '--points', '3', '--out', at('sweep')];
  expect(await inProcess('sweep', ...grid, '--sink', `mlflow:directory=${at('swept')}`)).toMatchObject({ code: 0 });
  const names = files('swept').filter((name) => name.endsWith('runName'));
  expect(names.map((name) => readFileSync(join(at('swept'), name), 'utf8')).sort()).toEqual(
    ['seed=1', 'seed=2'].flatMap((run) => ['', ', model 1', ', model 2', ', pair 1-2'].map((part) => `sweep/${run}${part}`)).sort(),
  );
  expect(files('swept').filter((name) => name.endsWith('accuracyBarrier none test'))).toHaveLength(2);
}, 60_000);

test.each(['tensorboard', 'mlflow'])('export --format %s tells what a finished run holds', async (format) => {
  const { code, out } = await inProcess('export', at('w'), '--format', format, '--out', at(format), '--json');
  expect({ code, events: (JSON.parse(out) as { events: number }).events > 0 }).toEqual({ code: 0, events: true });
  const curves = files(format).filter((name) => /tfevents|metrics.*train$/.test(name));
  expect(curves.length).toBeGreaterThan(1);
  if (format === 'tensorboard') {
    const sizes = (name: string): number[] =>
      files(name)
        .filter((file) => file.includes('tfevents'))
        .map((file) => readFileSync(join(at(name), file)).length);
    expect(sizes('tensorboard')).toEqual(sizes('live'));
  }
});

test('export tells of a run that was resumed, and what has been measured on it', async () => {
  expect(await inProcess('measure', at('again'), '--points', '3', '--engine', 'cpu')).toMatchObject({ code: 0 });
  expect(await inProcess('export', at('again'), '--format', 'mlflow', '--out', at('all'))).toMatchObject({ code: 0 });
  const curve = files('all').filter((name) => name.endsWith(join('linear-mode-connectivity', 'loss none test epoch 2')));
  const lines = readFileSync(join(at('all'), curve[0]!), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => line.split(' ')[2])).toEqual(['0', '1', '2']);
});

test('an unknown sink, format or option is refused before anything is made', async () => {
  const train = (sink: string) => inProcess('train', '--out', at('none'), ...settings, '--sink', sink);
  expect(await train('tensorbord')).toMatchObject({ code: 2, log: expect.stringContaining('Did you mean "tensorboard"?') });
  expect(await train('mlflow:folder=x')).toMatchObject({ code: 2, log: expect.stringContaining('folder') });
  expect(await inProcess('export', at('w'), '--format', 'csv', '--out', at('c'))).toMatchObject({
    code: 2,
    log: expect.stringContaining('pytorch, tensorboard, mlflow'),
  });
  expect(existsSync(at('none'))).toBe(false);
});
