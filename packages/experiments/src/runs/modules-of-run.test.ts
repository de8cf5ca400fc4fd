import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rememberModules, trustHere } from '../trust.js';
import { changeOf, modulesOfRun, refusalOf } from './modules-of-run.js';

let folder: string;
const text = 'export default { sink: [] };\n';
const sha256 = createHash('sha256').update(text).digest('hex');
const written = (name: string, content = text): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-modules-'));
  mkdirSync(join(folder, 'run'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const one = async (name: string) => (await modulesOfRun(join(folder, 'run'), { [name]: sha256 }))[0]!;

test('a path that a run names counts from its folder', async () => {
  const module = written('near.mjs');
  expect(await one('../near.mjs')).toMatchObject({ named: module, module, found: { path: module, sha256 } });
});

test('what is not what was recorded is refused, with both hashes, and what is not trusted, with the remedy', async () => {
  const [same, changed] = [await one(written('same.mjs')), await one(written('changed.mjs', `${text}// changed\n`))];
  expect(changeOf('run', same)).toBeNull();
  expect(changeOf('run', changed)!.message).toMatch(
    new RegExp(
      `^run: the module .*changed\\.mjs as it was when the run began \\(sha256 ${sha256}\\), got another version \\(sha256 [0-9a-f]{64}\\)`,
    ),
  );
  expect((await refusalOf('run', same))!.message).toMatch(/^run: a module that you trust.*same\.mjs.*plugins trust .*same\.mjs$/);
  trustHere(join(folder, 'same.mjs'));
  expect(await refusalOf('run', same)).toBeNull();
});

test('one that is elsewhere on this machine is found by its content among those that the user trusts, and only there', async () => {
  const away = written('away.mjs');
  rmSync(join(folder, 'same.mjs'));
  expect(await one('/of/another/machine.mjs')).toMatchObject({ module: '/of/another/machine.mjs', found: { message: expect.any(String) } });
  await rememberModules({ [away]: sha256 });
  expect(await one('/of/another/machine.mjs')).toMatchObject({ named: '/of/another/machine.mjs', module: away, found: { sha256 } });
  written('away.mjs', `${text}// changed since\n`);
  expect(await one('/of/another/machine.mjs')).toMatchObject({ module: '/of/another/machine.mjs' });
});
