import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { sampleBarriers, sampleCosts, samplePaths, sampleReport, sampleTraining } from '../sample-report.fixture.js';
import { composeSvg } from '../svg/compose.js';
import { renderIndex } from './render-index.js';
import { renderReport } from './render-report.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const executablePath =
  process.env['CHROMIUM_PATH'] ??
  (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
if (executablePath === undefined)
  process.stderr.write('report in a browser: skipped, because no Chromium is on PATH and CHROMIUM_PATH is not set\n');

(executablePath === undefined ? describe.skip : describe)('report in a browser', () => {
  let browser: Browser;
  let folder: string;
  let url: string;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-report-'));
    fs.writeFileSync(path.join(folder, 'report.html'), renderReport(sampleReport(' <script>document.title="run"</script>')));
    const svg = composeSvg(sampleBarriers().figure);
    const entry = { facts: 'paper A', reproduced: 1, notReproduced: 1, notComparable: 0 };
    const entries = [
      { ...entry, title: 'First <i>', href: 'a/report.html', svg },
      { ...entry, title: 'Second', href: 'b/report.html' },
    ];
    fs.writeFileSync(path.join(folder, 'index.html'), renderIndex('Reproductions', entries));
    url = pathToFileURL(path.join(folder, 'report.html')).href;
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
  });
  afterAll(async () => {
    await browser.close();
    fs.rmSync(folder, { recursive: true });
  });

  test.each([
    ['desktop', 1200, 'light'],
    ['phone', 360, 'dark'],
  ] as const)('on a %s: nothing requested, no error, no sideways scroll, readable labels, %s', async (_, width, colorScheme) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    const seen = await page.evaluate(() => {
      const { document, innerWidth, getComputedStyle } = globalThis as unknown as BrowserWindow;
      const boxes = [...document.querySelectorAll('.panels svg')].map((svg) => svg.getBoundingClientRect());
      const labels = [...document.querySelectorAll('.panels svg text')].map((text) => text.getBoundingClientRect().height);
      const body = getComputedStyle(document.body);
      return {
        overflow: document.documentElement.scrollWidth - innerWidth,
        title: document.title,
        boxes,
        smallestLabel: Math.min(...labels),
        color: body.color,
        background: body.backgroundColor,
      };
    });
    await page.close();

    expect(requests.filter((request) => !request.startsWith('data:'))).toEqual([url]);
    expect(complaints).toEqual([]);
    expect(seen.title).not.toBe('run');
    expect(seen.overflow).toBeLessThanOrEqual(0);
    expect(seen.boxes).toHaveLength(13);
    for (const box of seen.boxes) expect(box.width).toBeGreaterThan(280);
    expect(seen.smallestLabel).toBeGreaterThan(9);
    expect([seen.color, seen.background]).toEqual(
      colorScheme === 'light' ? ['rgb(31, 35, 40)', 'rgb(255, 255, 255)'] : ['rgb(230, 230, 230)', 'rgb(22, 24, 28)'],
    );
  });

  test.each([
    ['report', 1280, 'light'],
    ['report', 1280, 'dark'],
    ['report', 390, 'light'],
    ['report', 390, 'dark'],
    ['index', 1280, 'light'],
    ['index', 390, 'dark'],
  ] as const)('no finding of axe on the %s page at %i pixels, %s', async (name, width, colorScheme) => {
    // The page's policy forbids scripts from elsewhere, so axe comes in past it.
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    await page.goto(url.replace('report.html', `${name}.html`));
    await page.addScriptTag({ content: axe.source });
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
    await context.close();
    expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
  });

  test('arrow keys tell the cells of a heat map, plus zooms, Escape leaves; the button changes the theme', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
    await page.goto(url);
    const cells = page.locator('.cells');
    const told = () => cells.locator('output').textContent();
    const viewBox = () => cells.locator('svg').getAttribute('viewBox');
    const whole = await viewBox();
    await cells.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    const at = sampleCosts().data.rows.find(({ a, b }) => a === 1 && b === 1)!;
    expect(await told()).toBe(`b 1, a 1: cost (loss) ${Number(Number(at['cost']).toPrecision(4))}`);
    await page.keyboard.press('+');
    expect(await viewBox()).not.toBe(whole);
    await page.keyboard.press('Escape');
    expect([await told(), await viewBox()]).toEqual(['', whole]);
    const picture = (await cells.locator('image').boundingBox())!;
    await page.mouse.move(picture.x + picture.width * (3.5 / 12), picture.y + picture.height * (6.5 / 12));
    const other = sampleCosts().data.rows.find(({ a, b }) => a === 6 && b === 3)!;
    expect(await told()).toBe(`b 3, a 6: cost (loss) ${Number(Number(other['cost']).toPrecision(4))}`);

    const background = () =>
      page.evaluate(() => {
        const { document, getComputedStyle } = globalThis as unknown as BrowserWindow;
        return getComputedStyle(document.body).backgroundColor;
      });
    const before = await background();
    await page.getByRole('button', { name: 'Light or dark' }).click();
    expect(await background()).not.toBe(before);
    await page.close();
  });

  test('files are well-formed XML, whatever names say', async () => {
    const hostile = `<a b='"'>&amp;]]>\u0000\u001b`;
    const files = [samplePaths, sampleBarriers, sampleTraining].map((sample) => composeSvg(sample([hostile], hostile).figure));
    const page = await browser.newPage();
    const complaints = await page.evaluate((texts) => {
      const { DOMParser } = globalThis as unknown as {
        DOMParser: new () => { parseFromString(text: string, type: string): { querySelector(s: string): { textContent: string } | null } };
      };
      return texts.map((text) => new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent ?? '');
    }, files);
    await page.close();
    expect(complaints).toEqual(['', '', '']);
  });
});

/** Of axe's results what the test tells. */
interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}

interface BrowserWindow {
  document: BrowserDocument;
  innerWidth: number;
  getComputedStyle(e: unknown): { color: string; backgroundColor: string };
}

/** The part of the page that the test looks at; the package itself compiles without browser types. */
interface BrowserDocument {
  title: string;
  body: unknown;
  documentElement: { scrollWidth: number };
  querySelectorAll(selector: string): Iterable<{ getBoundingClientRect(): { width: number; height: number } }>;
}
