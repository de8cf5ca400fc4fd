import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRun } from '@basinlab/core/store';
import { openProgressFile } from '../progress/progress-file.js';
import { inProcess, startCli } from '../testing/run-cli.fixture.js';
import type { WatchedFolder } from './state.js';
import { serveWatch, type WatchServer } from './server.js';

let folder: string;
let server: WatchServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-watch-'));
  const config = { breaking: { id: 'w' }, dataset: { id: 'mnist' }, training: { models: 1, epochs: 4 } };
  const run = await createRun(join(folder, 'populations', 'w'), { config, versions: {}, plugins: {} });
  for (const [epoch, value] of [
    [1, 0.5],
    [2, NaN],
  ] as const)
    await run.append({ kind: 'metric', stage: 'train', rows: [{ name: 'loss', value, labels: { model: 0, epoch, split: 'train' } }] });
  await run.close();
  const figure = join(folder, 'figure <b>');
  mkdirSync(figure);
  writeFileSync(join(figure, 'config.json'), JSON.stringify({ reproduction: 'mnist-mlp-lmc', config: {} }));
  writeFileSync(join(figure, 'report.html'), '<p>report');
  symlinkSync('/etc/hostname', join(figure, 'outside.html'));
  server = await serveWatch(folder, 0);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The first `count` states that the server tells. */
async function states(count: number, meanwhile?: () => unknown): Promise<WatchedFolder[][]> {
  const response = await fetch(new URL('events', server.url));
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let told = false;
  for (;;) {
    const lines = text.split('\n\n').slice(0, -1);
    if (lines.length >= count) {
      await reader.cancel();
      return lines.map((line) => JSON.parse(line.slice('data: '.length)) as WatchedFolder[]);
    }
    if (lines.length > 0 && !told) {
      told = true;
      meanwhile?.();
    }
    text += (await reader.read()).value ?? '';
  }
}

const statusOf = (path: string, host?: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const asked = request({ hostname, port, path, ...(host === undefined ? {} : { headers: { host } }) }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    asked.on('error', reject).end();
  });

test('tells runs with their curves and how far they are, and reproductions with their reports', async () => {
  const [[figure, run] = []] = await states(1);
  expect(figure).toMatchObject({ path: 'figure <b>', kind: 'reproduction', finished: false, report: 'figure <b>/report.html' });
  expect(run).toMatchObject({ path: join('populations', 'w'), kind: 'run', done: 2, total: 4, finished: false, progress: null });
  expect(run!.curves).toEqual([{ model: 1, split: 'train', epochs: [1, 2], loss: [0.5, null] }]);
});

test('tells of a change while someone looks: what a command says in its folder, and the end', async () => {
  const file = openProgressFile(join(folder, 'figure <b>'));
  const found = await states(2, () => file.next({ kind: 'progress', stage: 'train w', done: 1, total: 4, unit: 'steps' }));
  expect(found[1]![0]!.progress).toMatchObject({ done: 1, total: 4, line: expect.stringContaining('train w') });
  const [, after] = await states(2, () => void file.close());
  expect(after![0]!.progress).toBeNull();
});

test('serves reports, and nothing else: no other kind of file, none outside, to no other host', async () => {
  expect(await statusOf('/')).toBe(200);
  expect(await statusOf('/figure%20%3Cb%3E/report.html')).toBe(200);
  expect(await statusOf('/figure%20%3Cb%3E/outside.html')).toBe(404);
  expect(await statusOf('/populations/w/events.jsonl')).toBe(404);
  expect(await statusOf('/../../etc/hostname')).toBe(404);
  expect(await statusOf('/%')).toBe(404);
  expect(await statusOf('/', 'evil.example')).toBe(403);
});

test('a run that stopped early has finished where its log says so', async () => {
  const config = { training: { models: 1, epochs: 4 } };
  const stopped = await createRun(join(folder, 'stopped'), { config, versions: {}, plugins: {} });
  const rows = [{ name: 'loss', value: 1, labels: { model: 0, epoch: 1, split: 'train' } }];
  await stopped.append({ kind: 'metric', stage: 'train', rows });
  const found = async () => (await states(1))[0]!.find(({ path }) => path === 'stopped');
  expect(await found()).toMatchObject({ done: 1, total: 4, finished: false });
  await stopped.append({ kind: 'progress', stage: 'train', done: 1, total: 1, unit: 'models' });
  await stopped.close();
  expect(await found()).toMatchObject({ done: 1, total: 4, finished: true });
  rmSync(join(folder, 'stopped'), { recursive: true });
});

test('report --watch says where the page is and stops on Ctrl-C; a folder that is not there is refused', async () => {
  const { child, result } = startCli(['report', '--watch', folder]);
  await new Promise<void>((resolve) => child.stderr!.on('data', (data: Buffer) => data.toString().includes('Live page') && resolve()));
  child.kill('SIGINT');
  expect(await result).toMatchObject({ code: 130, signal: null });
  expect(await inProcess('report', '--watch', join(folder, 'none'))).toMatchObject({ code: 2 });
  expect(await inProcess('report', '--watch', folder, '--port', 'x')).toMatchObject({ code: 2 });
}, 30_000);

test('report over a folder of reproductions writes an index with their verdicts', async () => {
  const home = mkdtempSync(join(folder, 'many-'));
  mkdirSync(join(home, 'lmc'));
  const claims = ['reproduced', 'not reproduced'].map((verdict) => ({ statement: 's', paper: 'p', rule: 'r', ours: 'o', verdict }));
  const summary = { id: 'mnist-mlp-lmc', scale: 'small', engine: 'xla', seconds: 61, rows: [], claims };
  expect(await inProcess('report', home)).toMatchObject({ code: 2 });
  writeFileSync(join(home, 'lmc', 'summary.json'), JSON.stringify(summary));
  expect(await inProcess('report', home)).toMatchObject({ code: 0 });
  const html = readFileSync(join(home, 'index.html'), 'utf8');
  expect(html).toContain('href="lmc/report.html"');
  expect(html).toContain('✓ 1 reproduced, ✗ 1 not reproduced');
});
