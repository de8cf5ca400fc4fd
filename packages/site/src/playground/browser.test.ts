import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { bundlePlayground } from '../../scripts/bundle-playground.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath =
  process.env['CHROMIUM_PATH'] ??
  (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
if (executablePath === undefined)
  process.stderr.write('playground in a browser: skipped, because no Chromium is on PATH and CHROMIUM_PATH is not set\n');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

(executablePath === undefined ? describe.skip : describe)('playground in a browser', () => {
  let browser: Browser;
  let server: http.Server;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-playground-'));
    await bundlePlayground(folder, { conditions: ['basinlab-source'] });
    server = http.createServer(({ url: asked = '/' }, response) => {
      const file = path.join(folder, asked === '/' ? 'index.html' : asked);
      if (!fs.existsSync(file)) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'text/plain' }).end(fs.readFileSync(file));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    server.close();
    fs.rmSync(folder, { recursive: true });
  });

  const status = (page: Page, told: RegExp) => page.locator('#status').filter({ hasText: told }).textContent({ timeout: 120_000 });
  const numbers = async (page: Page): Promise<number[]> => {
    const cells = await page.locator('#numbers tr td:nth-child(2)').allTextContents();
    return cells.map(Number);
  };
  const findings = async (page: Page): Promise<unknown> => {
    await page.addScriptTag({ content: axe.source });
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
  };

  test('it trains two pairs and aligns them by keyboard; the standard barrier falls; under 2 MB, all from the same place; axe finds nothing', async () => {
    // The page's policy forbids scripts from elsewhere, so axe comes in past it.
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light', bypassCSP: true });
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    let bytes = 0;
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    page.on('response', (response) => void response.body().then((body) => (bytes += body.length)));
    await page.goto(url);
    expect(await findings(page)).toEqual([]);

    await page.locator('#train').focus();
    await page.keyboard.press('Enter');
    await status(page, /^Trained/);
    const whole = await page.locator('#decision').getAttribute('aria-label');
    await page.locator('#lambda').focus();
    await page.keyboard.press('Home');
    await expect(page.locator('#place').textContent()).resolves.toMatch(/^100% A, 0% B/);
    await page.waitForFunction((before) => {
      const { document } = globalThis as unknown as { document: { getElementById(id: string): { getAttribute(name: string): string } } };
      return document.getElementById('decision').getAttribute('aria-label') !== before;
    }, whole);
    await page.locator('#align').focus();
    await page.keyboard.press('Enter');
    expect(await status(page, /before/)).toMatch(/^\d+ of B's 128 hidden neurons moved\. Barrier \S+ before, \S+ after\.$/);
    const [trained, aligned] = await numbers(page);
    expect(trained).toBeGreaterThan(0.25);
    expect(aligned).toBeLessThan(trained! / 5);
    expect(await page.locator('#curve svg').getAttribute('aria-label')).toContain('with B aligned to A');
    expect(await findings(page)).toEqual([]);

    await page.locator('#network').selectOption('w');
    await page.locator('#train').click();
    await status(page, /two W-asymmetric networks/);
    expect((await numbers(page))[2]).toBeLessThan(trained! / 2);

    await context.close();
    expect(complaints).toEqual([]);
    expect(requests.filter((request) => !request.startsWith(url) && !request.startsWith('data:'))).toEqual([]);
    expect(requests.some((request) => request.endsWith('.wasm'))).toBe(true);
    expect(bytes).toBeGreaterThan(500_000);
    expect(bytes).toBeLessThan(2_000_000);
  }, 300_000);

  test.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'dark'],
  ] as const)(
    'at %i pixels, %s: no sideways scroll, readable labels, no finding of axe',
    async (width, colorScheme) => {
      const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme, bypassCSP: true });
      const page = await context.newPage();
      await page.goto(url);
      await page.locator('#seed').fill('2');
      await page.locator('#train').click();
      await status(page, /^Trained/);
      const seen = await page.evaluate(() => {
        const { document, innerWidth } = globalThis as unknown as BrowserWindow;
        return {
          overflow: document.documentElement.scrollWidth - innerWidth,
          label: Math.min(...[...document.querySelectorAll('#curve text')].map((text) => text.getBoundingClientRect().height)),
        };
      });
      expect(seen.overflow).toBeLessThanOrEqual(0);
      expect(seen.label).toBeGreaterThan(11);
      expect(await findings(page)).toEqual([]);
      await context.close();
    },
    180_000,
  );

  test('an engine that is not there is told, and another can be chosen', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.locator('#engine').selectOption('webgpu');
    await page.locator('#train').click();
    expect(await status(page, /failed/)).toContain('no engine works in this browser, tried webgpu');
    await page.locator('#engine').selectOption('cpu');
    await page.locator('#train').click();
    await status(page, /Training Standard networks on JavaScript/);
    await page.close();
  }, 60_000);
});

/** Of axe's results what the test tells. */
interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}

/** The part of the page that the test looks at; tests compile without browser types. */
interface BrowserWindow {
  innerWidth: number;
  document: {
    documentElement: { scrollWidth: number };
    querySelectorAll(selector: string): Iterable<{ getBoundingClientRect(): { height: number } }>;
  };
}
