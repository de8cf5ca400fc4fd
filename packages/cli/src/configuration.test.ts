import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProcess } from './testing/run-cli.fixture.js';

const before = process.cwd();
let folder: string;
let inner: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'basinlab-configured-')));
  inner = join(folder, 'inner');
  mkdirSync(inner);
  const metric = (id: string, extra = '') =>
    `${extra}export default { contract: 1, metric: [{ id: '${id}', inputs: [], range: [0, 1], init: () => 0, update: (s) => s, result: () => [] }] };`;
  writeFileSync(join(folder, 'mine.mjs'), metric('mine'));
  writeFileSync(join(folder, 'other.mjs'), metric('other'));
  writeFileSync(join(folder, 'throws.mjs'), metric('never', 'throw new Error("no GPU");\n'));
  writeFileSync(join(folder, 'clash.mjs'), metric('cka'));
  writeFileSync(join(folder, 'newer.mjs'), metric('newer').replace('contract: 1', 'contract: 2'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => process.chdir(inner));
afterEach(() => process.chdir(before));

const configure = (configuration: object): void => writeFileSync(join(folder, 'basinlab.config.json'), JSON.stringify(configuration));
interface Listing {
  readonly plugins: readonly { id: string; from: string | null }[];
  readonly failed: readonly { module: string; message: string }[];
}

test('plugins of the configuration are there, beside those of flags, with where they are from', async () => {
  configure({ plugins: ['./mine.mjs'] });
  const { code, out } = await inProcess('plugins', '--plugin', '../other.mjs', '--json');
  const { plugins, failed } = JSON.parse(out) as Listing;
  const from = Object.fromEntries(plugins.map((plugin) => [plugin.id, plugin.from]));
  expect(from).toMatchObject({ mine: join(folder, 'mine.mjs'), other: join(folder, 'other.mjs'), w: '@basinlab/models-asymmetric' });
  expect(plugins.filter((plugin) => plugin.from === null)).toEqual([]);
  expect([code, failed]).toEqual([0, []]);
});

test('one that fails is listed as failed, and takes nothing else down', async () => {
  configure({ plugins: ['./throws.mjs', './clash.mjs', './newer.mjs', './mine.mjs'] });
  const { code, out } = await inProcess('plugins', '--json');
  const { plugins, failed } = JSON.parse(out) as Listing;
  expect(code).toBe(1);
  expect(plugins.map(({ id }) => id)).toContain('mine');
  expect(failed.map(({ module }) => module)).toEqual(['throws', 'clash', 'newer'].map((name) => join(folder, `${name}.mjs`)));
  expect(failed.map(({ message }) => message)).toEqual([
    expect.stringContaining('throws.mjs: must be a module that can be loaded, got no GPU'),
    expect.stringMatching(/clash\.mjs: plugins that can be added, got .*a second "cka" beside that of @basinlab\/metrics/),
    expect.stringContaining('newer.mjs: plugins written for contract 1, got contract 2'),
  ]);
  const listed = await inProcess('data', 'list');
  expect([listed.code, listed.out]).toEqual([0, expect.stringContaining('gaussian-blobs')]);
  expect(listed.log).toContain(`basinlab: left out of ${join(folder, 'basinlab.config.json')}: ${join(folder, 'throws.mjs')}`);
  const named = await inProcess('data', 'list', '--plugin', '../throws.mjs');
  expect([named.code, named.log]).toEqual([2, expect.stringContaining('throws.mjs: must be a module that can be loaded, got no GPU')]);
});

test('its engine runs what no flag says, its folders hold what no variable says', async () => {
  configure({ engine: 'cpu', data: 'data' });
  const train = (...more: string[]) =>
    inProcess(
      'train',
      '--out',
      join(folder, `run-${more.length}`),
      '--set',
      'dataset.id=gaussian-blobs',
      '--set',
      'architecture.options={"widths":[4]}',
      '--set',
      'training.epochs=1',
      '--set',
      'training.models=1',
      '--json',
      ...more,
    );
  const engineOf = ({ out }: { out: string }): string => (JSON.parse(out) as { engine: string }).engine;
  expect(engineOf(await train())).toBe('cpu');
  expect(engineOf(await train('--engine', 'wasm'))).toBe('wasm');
  mkdirSync(join(folder, 'data', 'tiny-shakespeare'), { recursive: true });
  writeFileSync(join(folder, 'data', 'tiny-shakespeare', 'input.txt'), 'To be');
  expect((await inProcess('data', 'list')).out).toMatch(new RegExp(`tiny-shakespeare +yes .*${join(folder, 'data', 'tiny-shakespeare')}`));
  expect(process.env['BASINLAB_DATA']).toBeUndefined();
});

test('one that is wrong is named', async () => {
  configure({ engine: 'gpu' });
  const engine = await inProcess('train', '--out', join(folder, 'never'));
  expect([engine.code, engine.log]).toEqual([
    2,
    expect.stringMatching(/basinlab\.config\.json: engine must be one that is known, got gpu/),
  ]);
  configure({ enigne: 'cpu' });
  expect((await inProcess('data', 'list')).log).toMatch(/basinlab\.config\.json: a known key, got enigne\. Did you mean engine/);
});
