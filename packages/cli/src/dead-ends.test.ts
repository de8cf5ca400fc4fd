import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inProcess, startCli } from './testing/run-cli.fixture.js';

// Whatever a plugin or a file system does: a command can be ended, and what was not done is not said to be done.

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'basinlab-dead-ends-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plugin = (name: string, source: string): string => {
  writeFileSync(join(folder, name), source);
  return join(folder, name);
};
const breaking = (constants: string) => `import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
export default { symmetryBreaking: [{ id: 'mine', summary: 'mine', options: z.strictObject({}), constants: () => { ${constants} } }] };\n`;
const small = ['dataset.id=gaussian-blobs', 'architecture.options={"widths":[4]}', 'training.epochs=1'];
const trainWith = (module: string, out: string): string[] => [
  ...['train', '--engine', 'cpu', '--out', out, '--plugin', module],
  ...['breaking.id=mine', ...small].flatMap((setting) => ['--set', setting]),
];

describe('a plugin', () => {
  test.each([
    ['when it is imported', `${breaking('return null')}; process.exit(0);`],
    ['in the middle of the work', breaking('process.exit(0)')],
    ['with nothing left to wait for', `await new Promise(() => {});`],
  ])('that ends the process %s has not done the work', async (when, source) => {
    const out = join(folder, `exit ${when}`);
    const { code, log, out: said } = await startCli(trainWith(plugin('exit.mjs', source), out)).result;
    expect([code, said]).toEqual([1, '']);
    expect(log).toContain('ended before the work was done');
  });

  test('with an endless loop is ended by the second signal', async () => {
    const marker = join(folder, 'looping');
    const source = `import { writeFileSync } from 'node:fs';\n${breaking(`writeFileSync(${JSON.stringify(marker)}, ''); for (;;);`)}`;
    const { child, result } = startCli(trainWith(plugin('loop.mjs', source), join(folder, 'loop')));
    for (let tries = 0; !existsSync(marker) && tries < 400; tries++) await delay(50);
    child.kill('SIGINT');
    await delay(300);
    expect(child.exitCode).toBeNull();
    const since = performance.now();
    child.kill('SIGINT');
    expect((await result).signal).toBe('SIGINT');
    expect(performance.now() - since).toBeLessThan(1000);
  });
});

describe('a folder for results', () => {
  test.each([
    ['below a file', () => join(plugin('file', ''), 'x', 'y'), 'a file in the place of a folder'],
    [
      'where none can be made, and mkdir of Node never returns',
      () => '/proc/basinlab/x',
      '/proc: must be a folder in which basinlab can be made',
    ],
    ['of too long a name', () => join(folder, 'x'.repeat(300)), 'a name that is too long'],
  ])('%s is refused by name', async (_, out, message) => {
    const { code, log } = await inProcess(...trainWith(plugin('plain.mjs', breaking('return null')), out()));
    expect([code, log]).toEqual([1, expect.stringContaining(message)]);
  });

  // Needs a user that permissions hold for.
  const asUser = process.platform === 'linux' && process.getuid?.() !== 0 ? test : test.skip;
  asUser('in a folder that cannot be written says so', async () => {
    const parent = join(folder, 'read-only');
    mkdirSync(parent, { mode: 0o555 });
    const { code, log } = await inProcess(...trainWith(plugin('plain.mjs', breaking('return null')), join(parent, 'x')));
    expect([code, log]).toEqual([
      1,
      expect.stringContaining(`${parent}: must be a folder in which x can be made, got no permission (EACCES)`),
    ]);
  });
});
