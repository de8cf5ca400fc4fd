import { describe, expect, test } from '@jest/globals';
import { parseHTML } from 'linkedom';
import { sampleReport } from '../sample-report.fixture.js';
import { renderReport } from './render-report.js';

describe('renderReport', () => {
  const html = renderReport(sampleReport());
  const { document } = parseHTML(html);

  test('is one file that loads nothing', () => {
    expect(document.querySelectorAll('script, img, iframe, link[rel=stylesheet]')).toHaveLength(0);
    expect(html).toContain(`default-src 'none'`);
    expect(/@import|url\((?!#)/.test(html)).toBe(false);
  });

  test('shows facts, tables, figures with their descriptions, the configuration and the command', () => {
    expect([...document.querySelectorAll('.facts dt')].map((e) => e.textContent)).toEqual(['id', 'scale', 'engine', 'seeds', 'time']);
    expect(document.querySelectorAll('table caption')).toHaveLength(1);
    expect(document.querySelectorAll('figure')).toHaveLength(3);
    const pictures = [...document.querySelectorAll('figure svg')];
    expect(pictures).toHaveLength(12);
    for (const picture of pictures) expect(picture.getAttribute('aria-label')!.length).toBeGreaterThan(20);
    expect(document.querySelector('details pre')!.textContent).toContain('"epochs": 8');
    expect(document.body.textContent).toContain('npx basinlab reproduce mnist-mlp-lmc');
  });

  test('hostile text stays text everywhere', () => {
    const hostile = `</style></code><script>alert(1)</script><img src=x onerror=alert(1)>"' onload="x`;
    const page = parseHTML(renderReport(sampleReport(hostile))).document;
    expect(page.querySelectorAll('script, img')).toHaveLength(0);
    for (const element of page.querySelectorAll('*')) for (const attribute of element.attributes) expect(attribute.name).not.toMatch(/^on/);
    expect(page.querySelector('h1')!.textContent).toContain('<script>alert(1)</script>');
  });

  test('an address that is not of the web does not become a link', () => {
    expect([...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))).toEqual(['https://arxiv.org/abs/2606.04754']);
  });
});
