import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { hashFile } from '../store/hash-file.js';
import { hashModule } from './hash-module.js';

const folder = mkdtempSync(join(tmpdir(), 'basinlab-hash-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]): string => join(folder, ...names);
function write(name: string, text: string): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

const entry = `import { a } from './lib/a.mjs';\nexport * from "./b.js";\nconst c = await import('./c.cjs');\nimport 'zod';\nexport default { a, c };`;
const files: Readonly<Record<string, string>> = {
  'entry.mjs': entry,
  'lib/a.mjs': "import data from '../data.json' with { type: 'json' };\nimport '../entry.mjs';\nexport const a = data;",
  'b.js': 'export const b = 1;',
  'c.cjs': "module.exports = require('./d');",
  'd.js': 'module.exports = 2;',
  'data.json': '{"x": 1}',
  'other.mjs': 'nobody imports it',
};
beforeEach(() => Object.entries(files).forEach(([name, text]) => write(name, text)));

test.each(['entry.mjs', 'lib/a.mjs', 'b.js', 'c.cjs', 'd.js', 'data.json'])('a change of %s changes the hash', async (name) => {
  const before = await hashModule(at('entry.mjs'));
  expect(await hashModule(at('entry.mjs'))).toBe(before);
  write(name, `${files[name]!} `);
  expect(await hashModule(at('entry.mjs'))).not.toBe(before);
});

test('files that are not imported, missing ones and broken ones do not keep a module from having a hash', async () => {
  const before = await hashModule(at('entry.mjs'));
  write('other.mjs', 'changed');
  expect(await hashModule(at('entry.mjs'))).toBe(before);
  write('b.js', "import './gone.js'; export { broken");
  expect(await hashModule(at('entry.mjs'))).toMatch(/^[0-9a-f]{64}$/);
});

test('a module of one file has that file’s hash, wherever it lies', async () => {
  write('elsewhere/d.js', files['d.js']!);
  expect(await hashModule(at('d.js'))).toBe(await hashFile(at('elsewhere', 'd.js')));
});

test('an installed package is known by name, version and what the lock file says of it', async () => {
  const main = 'node_modules/@some/plugin/index.mjs';
  write(main, 'export default {};');
  const install = (version: string, integrity: string) => {
    write('node_modules/@some/plugin/package.json', JSON.stringify({ name: '@some/plugin', version }));
    write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/@some/plugin': { integrity } } }));
  };
  const hashes = new Set<string>();
  for (const [version, integrity] of [
    ['1.0.0', 'sha512-a'],
    ['1.0.1', 'sha512-a'],
    ['1.0.0', 'sha512-b'],
  ] as const) {
    install(version, integrity);
    hashes.add(await hashModule(at(main)));
  }
  write(main, 'export default { changed: true };');
  hashes.add(await hashModule(at(main)));
  expect(hashes.size).toBe(4);
});
