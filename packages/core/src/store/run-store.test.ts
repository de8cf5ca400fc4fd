import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { readCheckpoint } from './checkpoint.js';
import { readParquet } from './parquet.js';
import { createRun, openRun, readRunEvents } from './run-store.js';
import type { RunConfig } from './run-store.js';
import type { StoredTensor } from './safetensors/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basinlab-'));
});
afterAll(() => rm(folder, { recursive: true }));

const config: RunConfig = { config: { model: { width: 8 } }, versions: { node: '20' }, plugins: { mlp: 'abc' } };
const content = (value: number) => ({
  arrays: { params: { 'layers.0.weight': { shape: [2, 1], data: new Float32Array([value, -value]) } }, optimizer: { m: {} } },
  counters: { step: value, key: [1, 2], note: 'x' },
});

describe('a run', () => {
  test('keeps config, events, checkpoints and metrics', async () => {
    const directory = join(folder, 'plain', 'nested');
    const run = await createRun(directory, config);
    await run.append({ kind: 'progress', stage: 'train', done: 1, total: 2, unit: 'epochs' });
    await run.append({ kind: 'metric', stage: 'train', rows: [{ name: 'loss', value: NaN, labels: { epoch: 1, split: 'test' } }] });
    await run.append({ kind: 'metric', stage: 'lmc', rows: [{ name: 'barrier', value: Infinity, labels: { epoch: 'last' } }] });
    await run.checkpoint(12, content(3));
    await run.close();

    const again = await openRun(directory);
    expect(again.config).toEqual(config);
    const { checkpoint, damaged } = await again.latestCheckpoint();
    expect(damaged).toEqual([]);
    expect(checkpoint).toMatchObject({ epoch: 12, counters: { step: 3, key: [1, 2], note: 'x' } });
    expect(checkpoint!.arrays).toEqual({
      params: { 'layers.0.weight': { dtype: 'F32', shape: [2, 1], data: new Float32Array([3, -3]) } },
      optimizer: { m: {} },
    });
    expect((await again.events()).map(({ kind }) => kind)).toEqual(['progress', 'metric', 'metric', 'checkpoint']);
    expect((await again.events())[1]!['rows']).toEqual([{ name: 'loss', value: NaN, labels: { epoch: 1, split: 'test' } }]);
    expect(await readParquet(join(directory, 'metrics.parquet'))).toEqual([
      { epoch: '1', split: 'test', stage: 'train', name: 'loss', value: NaN },
      { epoch: 'last', split: null, stage: 'lmc', name: 'barrier', value: Infinity },
    ]);
    await again.close();
    expect((await readdir(directory)).sort()).toEqual(['checkpoints', 'config.json', 'events.jsonl', 'metrics.parquet']);
  });

  test('is not created over another one, nor opened where there is none', async () => {
    const directory = join(folder, 'twice');
    await (await createRun(directory, config)).close();
    await expect(createRun(directory, config)).rejects.toThrow('must be a folder without a run, got one with config.json. Resume it');
    await (await openRun(directory)).close();
    for (const [name, text] of [
      ['without-plugins', '{"config": {}, "versions": {}}'],
      ['odd-plugins', '{"config": {}, "versions": {}, "plugins": {"a": 1}}'],
      ['a-list', '[]'],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'config.json'), text);
      await expect(openRun(join(folder, name))).rejects.toThrow(
        /config\.json: must hold config, and texts by name as versions and plugins/,
      );
    }
    await expect(openRun(join(folder, 'nowhere'))).rejects.toThrow('must be the folder of a run, with config.json');
  });

  test('skips damaged checkpoints and says which', async () => {
    const run = await createRun(join(folder, 'damaged'), config);
    expect((await run.latestCheckpoint()).checkpoint).toBeNull();
    await run.checkpoint(1, content(1));
    const second = await run.checkpoint(2, content(2));
    const third = await run.checkpoint(3, content(3));
    const bytes = await readFile(second);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(second, bytes);
    await truncate(third, 100);
    const { checkpoint, damaged } = await run.latestCheckpoint();
    expect(checkpoint!.epoch).toBe(1);
    expect(damaged.map(({ path }) => path)).toEqual([third, second]);
    expect(damaged[1]!.error.message).toContain('content must match its SHA-256');
    await run.close();
  });

  test('what a resumption does again counts once', async () => {
    const run = await createRun(join(folder, 'resumed'), config);
    const metric = (value: number) => run.append({ kind: 'metric', stage: 'train', rows: [{ name: 'loss', value }] });
    await metric(1);
    await run.checkpoint(1, content(1));
    await metric(2);
    await run.checkpoint(2, content(2));
    await metric(3);
    await run.markResumed(1);
    await metric(22);
    const values = async () =>
      (await run.events()).flatMap(({ rows }) => (rows as { value: number }[] | undefined)?.map(({ value }) => value) ?? []);
    expect(await values()).toEqual([1, 22]);
    await run.markResumed(5); // its event was lost in a crash: all before it stands
    expect(await values()).toEqual([1, 22]);
    await metric(55);
    await run.markResumed(5); // killed again before the next checkpoint
    expect(await values()).toEqual([1, 22]);
    await run.markResumed(null);
    expect(await values()).toEqual([]);
    await run.close();
  });

  test('a torn last event is dropped, a broken line before it is an error', async () => {
    const directory = join(folder, 'torn');
    const events = join(directory, 'events.jsonl');
    await (await createRun(directory, config)).close();
    await appendFile(events, '{"kind":"artifact","time":"t","path":"a"}\n{"kind":"art');
    expect(await readRunEvents(directory)).toHaveLength(1);
    const run = await openRun(directory);
    await run.append({ kind: 'artifact', path: 'b', mediaType: 'text/html' });
    expect((await run.events()).map(({ path }) => path)).toEqual(['a', 'b']);
    await run.close();
    await writeFile(events, '{"kind"\n{}\n');
    await expect(readRunEvents(directory)).rejects.toThrow('events.jsonl:1: must be a line of JSON, got {"kind"');
  });
});

describe('the lock of a run', () => {
  test('keeps a second writer out until it is released', async () => {
    const directory = join(folder, 'locked');
    const run = await createRun(directory, config);
    await expect(openRun(directory)).rejects.toThrow(`must not be held by another process, got pid ${process.pid}`);
    await run.close();
    await (await openRun(directory)).close();
  });

  test('of a dead process is taken over by exactly one of many', async () => {
    const directory = join(folder, 'stale');
    await (await createRun(directory, config)).close();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const stale = [
      { pid: child.pid, host: hostname(), started: null },
      { pid: process.pid, host: hostname(), started: '1' }, // the pid lives again as another process
    ];
    for (const holder of stale) {
      await writeFile(join(directory, 'lock'), JSON.stringify(holder));
      const opened = await Promise.allSettled([openRun(directory), openRun(directory), openRun(directory)]);
      const runs = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(runs).toHaveLength(1);
      await runs[0]!.close();
    }
  });

  test('is cleaned of what processes left that were killed while they took it', async () => {
    const directory = join(folder, 'leftovers');
    await (await createRun(directory, config)).close();
    const living = { pid: process.pid, host: hostname(), started: null };
    const left = {
      'lock.2147483640.0': JSON.stringify({ ...living, pid: 2147483640 }),
      'lock.2147483640.1': '{"pi',
      [`lock.${process.pid}.77`]: JSON.stringify(living),
      'lock.12.0': JSON.stringify({ ...living, host: 'elsewhere' }),
    };
    for (const [name, content] of Object.entries(left)) await writeFile(join(directory, name), content);
    await mkdir(join(directory, 'lock.takeover'));
    for (const name of [...Object.keys(left), 'lock.takeover']) await utimes(join(directory, name), 1, 1);
    await writeFile(join(directory, 'lock.2147483640.2'), ''); // just begun
    await (await openRun(directory)).close();
    const locks = (await readdir(directory)).filter((name) => name.startsWith('lock'));
    expect(locks.sort()).toEqual(['lock.12.0', 'lock.2147483640.2', `lock.${process.pid}.77`].sort());
  });

  test('of another machine, or one that is no lock, is left alone', async () => {
    const directory = join(folder, 'elsewhere');
    await (await createRun(directory, config)).close();
    await writeFile(join(directory, 'lock'), JSON.stringify({ pid: 1, host: 'elsewhere', started: null }));
    await expect(openRun(directory)).rejects.toThrow('must not be held by another machine, got pid 1 on elsewhere');
    await writeFile(join(directory, 'lock'), 'x');
    await expect(openRun(directory)).rejects.toThrow('must be a lock written by Basinlab, got x');
  });
});

test('kill -9 at any moment leaves a run that reads and goes on', async () => {
  const script = join(folder, 'crash-writer.mjs');
  const entry = fileURLToPath(new URL('crash-writer.fixture.ts', import.meta.url));
  await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' });
  const directory = join(folder, 'killed');
  let reached = -1;
  for (const wait of [0, 3, 7, 11, 16, 23, 31, 42, 58, 77, 103, 140]) {
    const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await delay(wait);
    child.kill('SIGKILL');
    await once(child, 'exit');

    const run = await openRun(directory);
    const { checkpoint, damaged } = await run.latestCheckpoint();
    expect(damaged).toEqual([]);
    expect(checkpoint?.epoch ?? -1).toBeGreaterThanOrEqual(reached);
    reached = checkpoint?.epoch ?? -1;
    for (const { path, epoch } of await run.listCheckpoints()) {
      const { arrays, counters } = await readCheckpoint(path);
      expect(counters['epoch']).toBe(epoch);
      const { weight } = arrays['params'] as Record<string, StoredTensor>;
      expect((weight!.data as Float32Array).every((value) => value === epoch)).toBe(true);
    }
    const measured = (await run.events()).some(({ kind }) => kind === 'metric');
    await run.close();
    const files = ['checkpoints', 'config.json', 'events.jsonl', ...(measured ? ['metrics.parquet'] : [])];
    expect((await readdir(directory)).sort()).toEqual(files);
    if (!measured) continue;
    const rows = await readParquet(join(directory, 'metrics.parquet'));
    expect(rows.map(({ epoch }) => epoch).slice(0, reached + 1)).toEqual(Array.from({ length: reached + 1 }, (_, epoch) => epoch));
  }
  expect(reached).toBeGreaterThanOrEqual(0);
});
