import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';

let folder: string;
let run: string;
let marker: string;
/** Writes a module that leaves a mark when it runs, and lets the run name it, and an architecture that only it can have; returns its path. */
function plant(name: string, hashOf: (text: string) => string = sha256, architecture = { id: 'planted', options: {} }): string {
  const module = join(folder, name);
  const text = marking(name);
  writeFileSync(module, text);
  const path = join(run, 'config.json');
  const { config, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as { config: object };
  writeFileSync(path, JSON.stringify({ ...rest, config: { ...config, architecture }, plugins: { [module]: hashOf(text) } }));
  return module;
}
/** What the run was trained with. */
let own: { id: string; options: object };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-trust-'));
  [run, marker] = [join(folder, 'run'), join(folder, 'marker')];
  const settings = ['dataset.id=gaussian-blobs', 'architecture.options={"widths":[4]}', 'training.models=2', 'training.epochs=1'];
  const { code, log } = await inProcess('train', '--engine', 'wasm', '--out', run, ...settings.flatMap((setting) => ['--set', setting]));
  expect([code, log]).toEqual([0, expect.anything()]);
  own = (JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as { config: { architecture: typeof own } }).config.architecture;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands: readonly (readonly [string, () => readonly string[]])[] = [
  ['measure', () => ['measure', run, '--engine', 'wasm', '--points', '3']],
  ['align', () => ['align', `${run}:1`, `${run}:2`, '--engine', 'wasm', '--out', join(folder, 'aligned')]],
  ['diagnose', () => ['diagnose', `${run}:1`, `${run}:2`, '--engine', 'wasm']],
  ['export', () => ['export', `${run}:1`, '--out', join(folder, 'exported')]],
  ['sweep', () => ['sweep', '--config', join(run, 'config.json'), '--grid', 'seed=1', '--engine', 'wasm', '--out', join(folder, 'swept')]],
  ['train', () => ['train', '--config', join(run, 'config.json'), '--engine', 'wasm', '--out', join(folder, 'trained')]],
  ['resume', () => ['resume', run, '--engine', 'wasm']],
  ['query', () => ['query', 'select 1', run]],
  ['report', () => ['report', run]],
];

/** Text of a module that leaves a mark when it runs. */
const marking = (name: string): string =>
  `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(marker)}, '${name}');\nexport default { sink: [] };\n`;
const trustedHere = async (): Promise<unknown> =>
  (JSON.parse((await inProcess('plugins', 'trust', '--list', '--json')).out) as { modules: unknown }).modules;

describe('basinlab plugins trust', () => {
  test('confirms a module without running it, by its content, and takes it back', async () => {
    const module = join(folder, 'mine.mjs');
    writeFileSync(module, `import './part.mjs';\n${marking('mine')}`);
    writeFileSync(join(folder, 'part.mjs'), '');
    const confirmed = await inProcess('plugins', 'trust', module);
    expect(confirmed).toMatchObject({ code: 0, log: '' });
    const place = join(process.env['BASINLAB_CONFIG']!, 'trusted-plugins.json');
    for (const part of [`Trusted from now on: ${module}`, `imports  ${join(folder, 'part.mjs')}`, 'sha256   ', `Kept in ${place}`])
      expect(confirmed.out).toContain(part);
    expect((await inProcess('plugins', 'trust', module)).out).toContain(`Trusted already: ${module}`);
    expect(await trustedHere()).toContainEqual({ module, sha256: expect.any(String), now: 'as confirmed' });
    writeFileSync(join(folder, 'part.mjs'), '// changed');
    expect(await trustedHere()).toContainEqual({ module, sha256: expect.any(String), now: 'changed' });
    expect((await inProcess('plugins', 'untrust', module)).out).toContain(`Trusted no more: ${module}`);
    expect(JSON.stringify(await trustedHere())).not.toContain('mine.mjs');
    expect(await inProcess('plugins', 'untrust', module)).toMatchObject({
      code: 2,
      log: expect.stringContaining('plugins untrust: a module that is trusted, got'),
    });
    expect(existsSync(marker)).toBe(false);
  });

  test('confirms what a run names, where it is what the run was made with', async () => {
    const module = plant('named.mjs');
    expect(await inProcess('plugins', 'trust', run)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Trusted from now on: ${module}`),
    });
    const recorded = sha256('another text');
    const changed = plant('altered.mjs', () => recorded);
    const { code, log } = await inProcess('plugins', 'trust', run);
    expect([code, log]).toEqual([
      2,
      expect.stringContaining(`(sha256 ${recorded}), got another version (sha256 ${sha256(readFileSync(changed, 'utf8'))})`),
    ]);
    expect(JSON.stringify(await trustedHere())).not.toContain('altered.mjs');
    expect(existsSync(marker)).toBe(false);
  });

  test('says what is wrong', async () => {
    expect(await inProcess('plugins', 'trust')).toMatchObject({ code: 2, log: expect.stringContaining('or --list, got none') });
    expect(await inProcess('plugins', 'trust', './nowhere.mjs')).toMatchObject({ code: 2, log: expect.stringContaining('ENOENT') });
    expect((await inProcess('plugins', 'trust', '--help')).out).toContain('basinlab plugins trust ./receptive-field.mjs');
  });
});

describe('a module that somebody else has put into a run', () => {
  test.each(commands)('is not run by %s', async (_, args) => {
    const module = plant('stranger.mjs');
    const { code, log } = await inProcess(...args());
    expect(existsSync(marker)).toBe(false);
    if (['query', 'report', 'sweep', 'train'].includes(args()[0]!)) return;
    expect([code, log]).toEqual([2, expect.stringContaining(`a module that you trust, as its code would run, got ${module}`)]);
    expect(log).toContain(`basinlab plugins trust ${module}`);
  });

  test('is not run where its content is another than recorded, whether trusted or not', async () => {
    const module = plant('changed.mjs', () => sha256('another text'));
    for (const named of [[], ['--plugin', module]]) {
      const { code, log } = await inProcess('measure', run, '--engine', 'wasm', '--points', '3', ...named);
      expect([code, log]).toEqual([2, expect.stringMatching(/as it was when the run began \(sha256 \w+\), got another version/)]);
      expect(existsSync(marker)).toBe(false);
    }
  });

  test('is run once the user has named it, from then on', async () => {
    const module = plant('friend.mjs', sha256, own);
    expect((await inProcess('plugins', '--plugin', module)).code).toBe(0);
    expect(existsSync(marker)).toBe(true);
    const measured = await inProcess('measure', run, '--engine', 'wasm', '--points', '3');
    expect([measured.code, measured.log]).toEqual([0, expect.anything()]);
    const kept = readFileSync(join(process.env['BASINLAB_CONFIG']!, 'trusted-plugins.json'), 'utf8');
    expect(Object.values(JSON.parse(kept) as Record<string, string>)).toContain(module);
  });

  test('that is gone is named', async () => {
    rmSync(plant('gone.mjs'));
    const { code, log } = await inProcess('measure', run, '--engine', 'wasm');
    expect([code, log]).toEqual([
      2,
      expect.stringMatching(/gone\.mjs as it was .* got none that can be read \(ENOENT.*plugins trust PATH/),
    ]);
  });
});
