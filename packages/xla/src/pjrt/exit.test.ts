import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** How a child process ended. */
interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

describe('a process that has loaded a plugin and started a program ends cleanly', () => {
  let folder: string;
  let child: string;
  beforeAll(async () => {
    // Inside the package, so that the child finds koffi.
    const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, 'exit-'));
    child = join(folder, 'child.mjs');
    const entry = fileURLToPath(new URL('./exit-child.fixture.ts', import.meta.url));
    await build({
      entryPoints: [entry],
      outfile: child,
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['basinlab-source'],
      external: ['koffi', 'yauzl', '@tensorflow/*'],
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(way: string, signalAfterRunning?: NodeJS.Signals): Promise<Ending> {
    return new Promise((resolve) => {
      const began = performance.now();
      const started = spawn(process.execPath, [child, way], { stdio: ['ignore', 'pipe', 'pipe'] });
      let [stdout, stderr] = ['', ''];
      started.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        if (signalAfterRunning && stdout.includes('running')) started.kill(signalAfterRunning);
      });
      started.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      started.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, seconds: (performance.now() - began) / 1e3 }));
    });
  }

  test.each([
    ['end', 0],
    ['exit', 3],
    ['throw', 1],
    ['rejection', 1],
    ['destroyed', 0],
  ])('%s: code %i', async (way, code) => {
    const ending = await run(way);
    expect(ending).toMatchObject({ code, signal: null });
    if (code !== 1) expect(ending.stderr).toBe('');
  });

  test('process.exit does not wait for a program whose result is being read, and later listeners still run', async () => {
    expect(await run('exit-while-reading')).toMatchObject({ code: 4, signal: null, stdout: 'listener saw 4\n', stderr: '' });
  });

  test('a signal handler is served while a program runs', async () => {
    expect(await run('handled-signal', 'SIGINT')).toMatchObject({ code: 130, signal: null, stdout: 'running\nserved\n', stderr: '' });
  });

  test('a signal without handler ends it', async () => {
    expect(await run('signal', 'SIGTERM')).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
  });

  test('a worker thread may exit or be terminated', async () => {
    expect(await run('worker')).toMatchObject({ code: 0, signal: null, stdout: 'worker ended with 3\n', stderr: '' });
    expect(await run('worker-terminated')).toMatchObject({ code: 0, signal: null, stdout: 'worker ended with 1\n', stderr: '' });
  });
});
