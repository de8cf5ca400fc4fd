import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { measureEverything } from './browser-page.fixture.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath =
  process.env['CHROMIUM_PATH'] ??
  (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
if (executablePath === undefined)
  process.stderr.write('metrics in a browser: skipped, because no Chromium is on PATH and CHROMIUM_PATH is not set\n');

const here = path.dirname(fileURLToPath(import.meta.url));
const page = `
  import * as tf from '@tensorflow/tfjs-core';
  import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
  import '@tensorflow/tfjs-backend-webgl';
  import { measureEverything } from './browser-page.fixture.js';
  setWasmPaths('/');
  globalThis.measure = async (backend) => {
    if (!(await tf.setBackend(backend))) throw new Error('no backend ' + backend);
    await tf.ready();
    return { backend: tf.getBackend(), values: await measureEverything() };
  };
`;

(executablePath === undefined ? describe.skip : describe)('metrics in a browser', () => {
  let browser: Browser;
  let server: http.Server;

  beforeAll(async () => {
    // A bundle for browsers: an import of Node's own modules anywhere would fail it.
    const { outputFiles } = await build({
      stdin: { contents: page, resolveDir: here, loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['basinlab-source'],
      logLevel: 'silent',
    });
    const wasm = path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
    server = http.createServer(({ url = '/' }, response) => {
      const send = (type: string, body: Uint8Array | string): void => void response.writeHead(200, { 'content-type': type }).end(body);
      if (url === '/') send('text/html', '<!doctype html><title>metrics</title><script type="module" src="/page.js"></script>');
      else if (url === '/page.js') send('text/javascript', outputFiles[0]!.contents);
      else if (url.endsWith('.wasm')) send('application/wasm', fs.readFileSync(path.join(wasm, path.basename(url))));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const args = ['--no-sandbox', '--disable-quic', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];
    browser = await chromium.launch({ executablePath: executablePath!, args });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test.each(['wasm', 'webgl'])(
    'barrier, distance, accuracy, cross entropy and CKA are those of Node on %s',
    async (backend) => {
      await tf.setBackend('cpu');
      const expected = await measureEverything();
      const tab = await browser.newPage();
      const complaints: string[] = [];
      tab.on('pageerror', (error) => complaints.push(error.message));
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await tab.waitForFunction('"measure" in globalThis');
      const found = await tab.evaluate<{ backend: string; values: Record<string, number> }, string>(
        (name) =>
          (globalThis as unknown as { measure(name: string): Promise<{ backend: string; values: Record<string, number> }> }).measure(name),
        backend,
      );
      await tab.close();
      expect(complaints).toEqual([]);
      expect(found.backend).toBe(backend);
      expect(Object.keys(found.values)).toEqual([
        'distance',
        'lossBarrier',
        'accuracyBarrier',
        'middleLoss',
        'accuracy',
        'cross-entropy',
        'cka',
      ]);
      const worst = Object.entries(expected).map(([name, value]) => [name, value, found.values[name]!]);
      for (const [name, value, got] of worst) expect([name, got]).toEqual([name, expect.closeTo(value as number, 3)]);
    },
    120_000,
  );
});
