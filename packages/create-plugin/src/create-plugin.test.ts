import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families, main, makePlugin, namesOf, runners, type Family, type Runner } from './index.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-create-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const kinds = Object.keys(families).flatMap((family) =>
  Object.keys(runners).map((runner) => [family as Family, runner as Runner] as const),
);

describe('a made package', () => {
  test.each(kinds)('of family %s for %s is whole, under its own name', async (family, runner) => {
    const place = join(folder, `${family}-${runner}`);
    const files = await makePlugin({ family, runner, name: '@lab/basinlab-plugin-two-rings', folder: place });
    const common = [
      '.changeset/config.json',
      '.changeset/first-release.md',
      '.github/workflows/ci.yml',
      '.gitignore',
      'LICENSE',
      'README.md',
    ];
    const own = ['package.json', 'src/browser-names.d.ts', 'src/index.ts', 'src/two-rings.test.ts', 'src/two-rings.ts', 'tsconfig.json'];
    const ofRunner = { vitest: ['vitest.config.ts'], jest: ['jest.config.js'], node: [] }[runner];
    expect([...files].sort()).toEqual([...common, ...own, ...ofRunner].sort());
    const text = (file: string): string => readFileSync(join(place, file), 'utf8');
    for (const file of files) expect([file, text(file)]).toEqual([file, expect.not.stringMatching(/my-?plugin|<!-- usage/i)]);
    expect(text('src/two-rings.test.ts')).toContain(`from '@basinlab/core/testing/${runner}'`);
    expect(text('src/two-rings.ts')).toMatch(/(export const|export) twoRings[A-Z]/);
    expect(text('src/two-rings.ts')).toContain("id: 'two-rings'");
    expect(text('src/index.ts')).toContain('contract: 1');
    expect(text('README.md')).toMatch(/npx basinlab .*--plugin \.\/dist\/index\.js/);
    const { name, scripts, peerDependencies, devDependencies } = JSON.parse(text('package.json')) as Record<string, Record<string, string>>;
    expect([name, scripts!['test']]).toEqual(['@lab/basinlab-plugin-two-rings', runners[runner].test]);
    const more = family === 'executor' ? ['@basinlab/experiments'] : [];
    expect(Object.keys(peerDependencies!)).toEqual(['@basinlab/core', ...more, '@tensorflow/tfjs-core']);
    expect(Object.values(devDependencies!).every((version) => /^\^\d/.test(version))).toBe(true);
  });

  test('is not made in a folder with something in it, of which nothing is changed', async () => {
    const place = join(folder, 'full');
    mkdirSync(place);
    writeFileSync(join(place, 'README.md'), 'mine');
    await expect(makePlugin({ family: 'dataset', runner: 'node', name: 'ring', folder: place })).rejects.toThrow(
      'an empty folder, or a new one, got one with README.md',
    );
    expect(readFileSync(join(place, 'README.md'), 'utf8')).toBe('mine');
  });
});

test('names of packages become ids and identifiers, or are refused', () => {
  expect(namesOf('@lab/basinlab-plugin-two-rings-2d')).toEqual({
    package: '@lab/basinlab-plugin-two-rings-2d',
    id: 'two-rings-2d',
    camel: 'twoRings2d',
  });
  expect(namesOf('ring').id).toBe('ring');
  for (const name of ['', 'Ring', '2rings', 'two_rings', '@lab/', 'basinlab-plugin-2', '../ring', 'a--b'])
    expect(() => namesOf(name)).toThrow('--name');
});

describe('the command', () => {
  const call = async (...args: string[]) => {
    const lines: string[] = [];
    const spies = (['log', 'error'] as const).map((kind) =>
      jest.spyOn(console, kind).mockImplementation((line) => void lines.push(String(line))),
    );
    const isTTY = process.stdin.isTTY;
    process.stdin.isTTY = false;
    try {
      return { code: await main(args), text: lines.join('\n') };
    } finally {
      process.stdin.isTTY = isTTY;
      spies.forEach((spy) => spy.mockRestore());
    }
  };

  test('makes what flags say, called like its folder, and says what to do next', async () => {
    const { code, text } = await call(join(folder, 'basinlab-plugin-ring'), '--family', 'schedule');
    expect([code, text]).toEqual([
      0,
      expect.stringMatching(/^basinlab-plugin-ring: \d+ files in .*\n {2}cd .*\n {2}npm install\n {2}npm test$/),
    ]);
    expect(readFileSync(join(folder, 'basinlab-plugin-ring', 'src', 'ring.ts'), 'utf8')).toContain('ringSchedule');
  });

  test.each([
    [['--family', 'scheduler', 'x'], '--family: one of breaking, measurement, re-basin'],
    [['--family', 'schedule', '--runner', 'mocha', 'x'], '--runner: one of vitest, jest, node, got mocha'],
    [['--family', 'schedule', 'a', 'b'], 'one folder, got a, b'],
    [['--familiy', 'schedule'], "Unknown option '--familiy'"],
    [['x'], '--family where there is no terminal to ask on, got none'],
    [['--family', 'schedule'], 'a folder or --name where there is no terminal to ask on, got none'],
    [['--family', 'schedule', '--name', 'Ring'], '--name: lower-case words'],
  ])('%j is refused', async (args, message) => {
    const { code, text } = await call(...args);
    expect([code, text]).toEqual([2, expect.stringContaining(message)]);
  });

  test('--help names families and runners', async () => {
    const { code, text } = await call('--help');
    expect(code).toBe(0);
    for (const name of [...Object.keys(families), ...Object.keys(runners)]) expect(text).toContain(name);
  });
});
