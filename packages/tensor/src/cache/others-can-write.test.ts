import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { othersCanChange, othersCanWrite } from './index.js';

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'basinlab-others-'));
  mkdirSync(join(root, 'a', 'b'), { recursive: true, mode: 0o755 });
  file = join(root, 'a', 'b', 'library.so');
  writeFileSync(file, '', { mode: 0o644 });
});
afterEach(() => rmSync(root, { recursive: true }));

test.each([
  ['the file', 'a/b/library.so', 0o646],
  ['its folder', 'a/b', 0o757],
  ['a folder above', 'a', 0o777],
  ['the root', '', 0o703],
])('%s that anybody may write', (_, place, mode) => {
  expect(othersCanChange(file, root)).toBeNull();
  chmodSync(join(root, place), mode);
  expect(othersCanChange(file, root)).toBe(`${join(root, place)} can be written by others (mode ${mode.toString(8)})`);
});

test('a link is no file of its own, nor is one in a folder that is a link', () => {
  symlinkSync(file, join(root, 'link.so'));
  symlinkSync(join(root, 'a'), join(root, 'aa'));
  expect(othersCanChange(join(root, 'link.so'), root)).toBe(`${join(root, 'link.so')} is a link`);
  expect(othersCanChange(join(root, 'aa', 'b', 'library.so'), root)).toBe(`${join(root, 'aa')} is a link`);
});

test('the system is trusted, and what is not there is an error', () => {
  expect(othersCanWrite('/usr')).toBeNull();
  expect(() => othersCanWrite(join(root, 'none'))).toThrow('ENOENT');
});
