import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { takeLease } from './lock.js';
import { thisProcess } from './process-identity.js';
import { createRun, openRun, readRunEvents } from './run-store.js';

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basinlab-lease-'));
  script = join(folder, 'racer.mjs');
  const entry = fileURLToPath(new URL('lease-racer.fixture.ts', import.meta.url));
  await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' });
});
afterAll(() => rm(folder, { recursive: true }));

const start = (...args: string[]) => spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });

test('processes of two machines that race and die never hold a lease together', async () => {
  const place = join(folder, 'race');
  await mkdir(place);
  const turns = 12;
  const children = ['here', 'here', 'elsewhere', 'elsewhere', 'third'].map((host) => start('race', place, host, String(turns)));
  const said = await Promise.all(children.map((child) => text(child.stdout)));
  expect(said).toEqual(children.map(() => 'turn\n'.repeat(turns)));
  // Every one of them was killed with the lease in hand; the last of them has left it.
  const lease = await takeLease(join(place, 'lock'), { wait: true });
  expect(lease.evicted).toBe(true);
  await lease.release();
  expect((await readdir(place)).filter((name) => !name.startsWith('.'))).toEqual([]);
}, 60_000);

test('a holder that only slept cannot publish what another has taken over', async () => {
  const directory = join(folder, 'fenced');
  await (await createRun(directory, { config: {}, versions: {}, plugins: {} })).close();
  const child = start('sleep', directory, 'elsewhere');
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  const run = await openRun(directory, { wait: true });
  await run.append({ kind: 'artifact', path: 'mine', mediaType: 'text/plain' });
  child.kill('SIGCONT');
  child.stdin.write('go on\n');
  expect(await text(child.stdout)).toContain('must be held by this process to go on, got a lease that another has taken over');
  await run.close();
  expect((await readRunEvents(directory)).map(({ path }) => path)).toEqual(['before', 'mine']);
  expect(await readdir(join(directory, 'checkpoints'))).toEqual([]);
}, 30_000);

test('a holder on another machine that lives is refused as soon as it stirs', async () => {
  const path = join(folder, 'alive');
  const lease = await takeLease(path, { patience: 600, holder: { ...thisProcess(), host: 'elsewhere' } });
  await expect(takeLease(path)).rejects.toThrow(`must not be held by another process, got pid ${process.pid} on elsewhere`);
  await lease.check();
  await lease.release();
  await expect(lease.check()).rejects.toThrow('must be held by this process');
}, 30_000);

test('waiting ends with the signal', async () => {
  const path = join(folder, 'patient');
  const lease = await takeLease(path);
  await expect(takeLease(path, { wait: true, signal: AbortSignal.timeout(50) })).rejects.toThrow();
  await lease.release();
});
