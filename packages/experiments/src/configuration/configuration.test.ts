import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyFolders } from './apply-folders.js';
import { findConfiguration } from './find-configuration.js';

let folder: string;
let inner: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-configuration-'));
  inner = join(folder, 'a', 'b');
  mkdirSync(inner, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

describe('the configuration of a folder', () => {
  test('is found above it, and its paths count from where it is', async () => {
    const file = write('basinlab.config.json', {
      plugins: ['./mine.mjs', 'a-package', '/abs.mjs'],
      engine: 'wasm',
      data: 'data',
      cache: '../cache',
    });
    expect(await findConfiguration(inner)).toEqual({
      file,
      plugins: [join(folder, 'mine.mjs'), 'a-package', '/abs.mjs'],
      engine: 'wasm',
      data: join(folder, 'data'),
      cache: join(folder, '..', 'cache'),
    });
  });

  test('may be the key `basinlab` of package.json; one without the key, or that is no JSON, is passed by', async () => {
    const file = write('package.json', { name: 'mine', basinlab: { engine: 'cpu' } });
    writeFileSync(join(inner, 'package.json'), '{"name":"inner"}');
    writeFileSync(join(folder, 'a', 'package.json'), 'no JSON');
    expect(await findConfiguration(inner)).toMatchObject({ file, engine: 'cpu', plugins: [], data: undefined });
  });

  test('is the nearest one alone', async () => {
    write('basinlab.config.json', { engine: 'cpu' });
    writeFileSync(join(inner, 'basinlab.config.json'), '{}');
    expect(await findConfiguration(inner)).toMatchObject({ engine: undefined });
  });

  test.each([
    ['an unknown key', { plugin: [] }, /basinlab\.config\.json: a known key, got plugin\. .*plugins/],
    ['a wrong value', { plugins: './mine.mjs' }, /basinlab\.config\.json: plugins must be a list .*, got \.\/mine\.mjs/],
    ['no JSON', '{', /basinlab\.config\.json: JSON, got /],
    ['no object', [], /basinlab\.config\.json: /],
  ])('with %s is refused by its name', async (_, content, message) => {
    write('basinlab.config.json', content);
    const found = findConfiguration(inner);
    await expect(found).rejects.toThrow(message);
    await expect(found).rejects.toMatchObject({ exitCode: 2 });
  });

  test('in package.json is refused by its path there', async () => {
    write('package.json', { basinlab: { engine: 3 } });
    await expect(findConfiguration(inner)).rejects.toThrow(/package\.json: basinlab\.engine must be a text.*, got 3/);
  });

  test('must be one', async () => {
    write('package.json', { basinlab: {} });
    write('basinlab.config.json', {});
    await expect(findConfiguration(inner)).rejects.toThrow('one configuration of the folder, got another in');
  });
});

test('folders count where no variable names them, until they are taken back', () => {
  const before = { ...process.env };
  process.env['BASINLAB_CACHE'] = '/chosen';
  Reflect.deleteProperty(process.env, 'BASINLAB_DATA');
  try {
    const takeBack = applyFolders({ data: '/data', cache: '/cache' });
    expect([process.env['BASINLAB_DATA'], process.env['BASINLAB_CACHE']]).toEqual(['/data', '/chosen']);
    takeBack();
    expect([process.env['BASINLAB_DATA'], process.env['BASINLAB_CACHE']]).toEqual([undefined, '/chosen']);
  } finally {
    process.env = before;
  }
});
