import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parquetReadObjects } from 'hyparquet';
import { parseHTML } from 'linkedom';
import { sampleCosts, sampleReport } from '../sample-report.fixture.js';
import { renderReport } from './render-report.js';
import { script } from './script.js';

describe('renderReport', () => {
  const html = renderReport(sampleReport());
  const { document } = parseHTML(html);

  test('is one file that loads nothing and runs its own script only', () => {
    expect(document.querySelectorAll('script[src], img, iframe, link[rel=stylesheet]')).toHaveLength(0);
    expect(html).toContain(`default-src 'none'`);
    const scripts = [...document.querySelectorAll('script:not([type])')].map((element) => element.textContent!);
    expect(scripts).toEqual([script]);
    expect(html).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(/@import|url\((?!#)/.test(html)).toBe(false);
  });

  test('shows facts, tables, figures with their descriptions, the configuration and the command', () => {
    expect([...document.querySelectorAll('.facts dt')].map((e) => e.textContent)).toEqual(['id', 'scale', 'engine', 'seeds', 'time']);
    expect(document.querySelectorAll('table caption')).toHaveLength(1);
    expect(document.querySelectorAll('figure')).toHaveLength(4);
    const pictures = [...document.querySelectorAll('figure svg')];
    expect(pictures).toHaveLength(13);
    for (const picture of pictures) expect(picture.getAttribute('aria-label')!.length).toBeGreaterThan(20);
    expect(document.querySelector('details > pre')!.textContent).toContain('"epochs": 8');
    expect(document.body.textContent).toContain('npx basinlab reproduce mnist-mlp-lmc');
  });

  test('hostile text stays text everywhere', () => {
    const hostile = `</style></code><script>alert(1)</script><img src=x onerror=alert(1)>"' onload="x`;
    const page = parseHTML(renderReport(sampleReport(hostile))).document;
    expect(
      [...page.querySelectorAll('script')].map(({ textContent }) => textContent).filter((text) => text !== script && !isData(text!)),
    ).toEqual([]);
    expect(page.querySelectorAll('img')).toHaveLength(0);
    for (const element of page.querySelectorAll('*')) for (const attribute of element.attributes) expect(attribute.name).not.toMatch(/^on/);
    expect(page.querySelector('h1')!.textContent).toContain('<script>alert(1)</script>');
  });

  test('an address that is not of the web does not become a link', () => {
    expect([...document.querySelectorAll('a:not([download])')].map((a) => a.getAttribute('href'))).toEqual([
      'https://arxiv.org/abs/2606.04754',
    ]);
  });

  test('figures come as SVG, and their rows as CSV and Parquet', async () => {
    const links = new Map(
      [...document.querySelectorAll('a[download]')].map((a) => [a.getAttribute('download'), a.getAttribute('href')!] as const),
    );
    expect([...links.keys()].filter((name) => name!.startsWith('swap-costs'))).toEqual([
      'swap-costs.svg',
      'swap-costs.csv',
      'swap-costs.parquet',
    ]);
    const bytes = (name: string) => Buffer.from(links.get(name)!.split(',')[1]!, 'base64');
    const { columns, rows } = sampleCosts().data;
    expect(bytes('swap-costs.svg').toString()).toMatch(/^<svg/);
    const lines = bytes('swap-costs.csv').toString().trim().split('\n');
    expect(lines[0]).toBe(columns.map(({ name }) => name).join(','));
    expect(lines).toHaveLength(rows.length + 1);
    const file = new Uint8Array(bytes('swap-costs.parquet')).buffer;
    expect(await parquetReadObjects({ file })).toEqual(rows);
  });
});

function isData(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
