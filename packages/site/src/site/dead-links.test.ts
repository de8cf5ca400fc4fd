import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { deadLinks } from '../../scripts/dead-links.mjs';

let folder: string;
beforeAll(() => void (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-links-'))));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const write = (name: string, html: string): void => {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.writeFileSync(path.join(folder, name), html);
};

test('links to files and places that are not there are dead; others, and those to other sites, are not', () => {
  write(
    'index.html',
    '<h2 id="top">Top</h2><a href="docs/guide.html#first">a</a><a href="https://example.org/x">b</a><a href="#top">c</a>',
  );
  write(
    'docs/guide.html',
    '<h2 id="first">First</h2><a href="/">a</a><a href="../index.html#none">b</a><a href="other.html">c</a><img src="no.svg">',
  );
  write('docs/index.html', '<a href="./guide">a</a><a href="/docs/#here">b</a><a name="here"></a><script src="/gone.js"></script>');
  expect(deadLinks(folder)).toEqual([
    { page: 'docs/guide.html', href: '../index.html#none' },
    { page: 'docs/guide.html', href: 'other.html' },
    { page: 'docs/guide.html', href: 'no.svg' },
    { page: 'docs/index.html', href: '/gone.js' },
  ]);
});
