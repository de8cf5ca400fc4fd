import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tinyBreaking, tinyMetric, tinyMlp } from '../testing/suites/tiny-plugins.fixture.js';
import type { Family } from './families.js';
import { contractVersion, createRegistry, loadPlugin, nearest } from './index.js';

describe('a registry', () => {
  test('keeps plugins by family and id, in order, apart from other registries', () => {
    const registry = createRegistry().register('metric', tinyMetric, { ...tinyMetric, id: 'second' });
    expect(registry.resolve('metric', 'tiny-metric')).toBe(tinyMetric);
    expect(registry.list('metric').map(({ id }) => id)).toEqual(['tiny-metric', 'second']);
    expect(registry.list('engine')).toEqual([]);
    expect(createRegistry().list('metric')).toEqual([]);
    registry.register('architecture', { ...tinyMlp, id: 'second' });
    expect(registry.list('metric')).toHaveLength(2);
  });

  test('lists the known ids and names the nearest when one is unknown', () => {
    const registry = createRegistry().register('metric', tinyMetric, { ...tinyMetric, id: 'cka' });
    const resolve = (id: string) => () => registry.resolve('metric', id);
    expect(resolve('tiny-metrics')).toThrow(
      'metric: id must be a registered one, got tiny-metrics. Known: tiny-metric, cka. Did you mean "tiny-metric"?',
    );
    expect(resolve('something-else')).toThrow(/Known: tiny-metric, cka\.$/);
    expect(resolve('x')).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => registry.resolve('engine', 'xla')).toThrow('Known: none.');
  });

  test('refuses a second plugin of an id and a family that does not exist', () => {
    const registry = createRegistry().register('metric', tinyMetric);
    expect(() => registry.register('metric', { ...tinyMetric })).toThrow(
      'registry: metric: ids must be unique, got a second "tiny-metric"',
    );
    expect(() => registry.list('metrics' as Family)).toThrow('family must be one of architecture, symmetryBreaking');
  });

  test('adds all plugins of a module or none, and names where the other one is from', () => {
    const registry = createRegistry().registerModule({ metric: [tinyMetric] }, 'first');
    const second = { symmetryBreaking: [tinyBreaking], metric: [{ ...tinyMetric }] };
    expect(() => registry.registerModule(second, 'second')).toThrow('got a second "tiny-metric" beside that of first');
    expect(registry.list('symmetryBreaking')).toEqual([]);
    const twice = { metric: [tinyMetric, tinyMetric].map((metric) => ({ ...metric, id: 'twice' })) };
    expect(() => registry.registerModule(twice, 'third')).toThrow('got a second "twice"');
    expect(registry.list('metric')).toHaveLength(1);
  });

  test('refuses a plugin that lacks a field', () => {
    const partial: object = { ...tinyMetric, update: undefined };
    expect(() => createRegistry().register('metric', partial as never)).toThrow(
      'metric "tiny-metric": update must be a function, got nothing',
    );
  });
});

test('nearest needs a name that could have been meant', () => {
  expect(nearest('mpl', ['mlp', 'gnn'])).toBe('mlp');
  expect(nearest('Resnet', ['resnet20', 'mlp'])).toBe('resnet20');
  expect(nearest('zzzz', ['mlp'])).toBeNull();
  expect(nearest('a', [])).toBeNull();
});

describe('loading a plugin module', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'basinlab-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const metric = "{ id: 'mine', inputs: [], range: [0, 1], init: () => 0, update: (s) => s, result: () => [] }";
  const load = async (source: string) => {
    const name = `m${source.length}-${[...source].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 0)}.mjs`;
    await writeFile(join(folder, name), source);
    return loadPlugin(`./${name}`, folder);
  };

  test('takes the default export or `plugins`, with the hash of the file', async () => {
    const { plugins, sha256, url } = await load(`export default { metric: [${metric}] };`);
    expect(plugins.metric?.map(({ id }) => id)).toEqual(['mine']);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(url).toMatch(/^file:.*\.mjs$/);
    const named = await load(`export const plugins = { metric: [${metric}] };`);
    const registry = createRegistry();
    registry.registerModule(named.plugins, './mine.mjs').registerModule({ symmetryBreaking: [tinyBreaking] }, 'tiny');
    expect([registry.origin('metric', 'mine'), registry.origin('symmetryBreaking', 'tiny-breaking')]).toEqual(['./mine.mjs', 'tiny']);
    expect(registry.register('metric', tinyMetric).origin('metric', 'tiny-metric')).toBeNull();
    expect(registry.resolve('metric', 'mine').result(0)).toEqual([]);
    expect(registry.resolve('symmetryBreaking', 'tiny-breaking')).toBe(tinyBreaking);
  });

  test('takes plugins of this contract, and of none that is named while it is the first', async () => {
    expect((await load(`export default { contract: ${contractVersion}, metric: [${metric}] };`)).plugins.metric).toHaveLength(1);
    expect(contractVersion).toBe(1);
  });

  test.each([
    ['a newer contract', '2', 'plugins written for contract 1, got contract 2. Update Basinlab. What changed'],
    ['a contract that is no number', '"1"', 'contract must be a whole number from 1, got 1. This release serves contract 1. What changed'],
    ['a contract before the first', '0', 'contract must be a whole number from 1, got contract 0'],
  ])('refuses %s, with what is served and where to read what changed', async (_, contract, message) => {
    const refused = load(`export default { contract: ${contract}, metric: [${metric}] };`);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(/docs\/extending\.md .*"Contract versions"/);
    await expect(refused).rejects.toMatchObject({ exitCode: 2, id: expect.stringContaining('.mjs') });
  });

  test('finds a package that is installed above the folder', async () => {
    const home = join(folder, 'node_modules', 'basinlab-plugin-x');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'package.json'), '{"name":"basinlab-plugin-x","type":"module","exports":"./index.js"}');
    await writeFile(join(home, 'index.js'), `export default { metric: [${metric}] };`);
    expect((await loadPlugin('basinlab-plugin-x', folder)).plugins.metric).toHaveLength(1);
  });

  test.each([
    ['exports nothing', 'const x = 1;', 'must export plugins by family as default or as `plugins`, got no export'],
    ['exports something else', 'export const mine = {};', 'got mine. Export `default`'],
    ['exports a list', `export default [${metric}];`, 'must export plugins by family'],
    ['declares no plugin', 'export default {};', 'must declare at least one plugin'],
    ['names an unknown family', `export default { metrics: [${metric}] };`, 'got metrics. Did you mean "metric"?'],
    ['gives a plugin without a list', `export default { metric: ${metric} };`, 'metric must be a list of plugins, got object'],
    [
      'lacks a field',
      `export default { metric: [{ ...${metric}, result: undefined }] };`,
      'metric "mine": result must be a function, got nothing',
    ],
    [
      'has a field of another kind',
      `export default { metric: [{ ...${metric}, range: [0] }] };`,
      'range must be a pair of numbers, got [0]',
    ],
    ['has no id', 'export default { engine: [{ summary: "x" }] };', 'engine: id must be a text, got nothing'],
    ['has a null plugin', 'export default { engine: [null] };', 'a plugin of family engine must be an object, got null'],
    ['claims another contract', `export default { architecture: [${metric}] };`, 'architecture "mine": summary must be a text'],
    ['throws', 'throw new Error("no GPU");', 'must be a module that can be loaded, got no GPU'],
    ['is no JavaScript', 'export default {', 'must be a module that can be loaded'],
  ])('refuses a module that %s', async (_, source, message) => {
    await expect(load(source)).rejects.toThrow(message);
  });

  test('refuses a path or package that is not there', async () => {
    await expect(loadPlugin('./none.mjs', folder)).rejects.toMatchObject({ exitCode: 2, id: './none.mjs' });
    await expect(loadPlugin('basinlab-plugin-none', folder)).rejects.toThrow(`Install it in ${folder}`);
  });
});
