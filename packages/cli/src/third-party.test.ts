import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inProcess } from './testing/run-cli.fixture.js';

let folder: string;
let module: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-third-party-'));
  module = join(folder, 'mine.mjs');
  const tfjs = pathToFileURL(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core')).href;
  writeFileSync(
    module,
    `import * as tf from '${tfjs}';
const engine = {
  id: 'mine', summary: 'the plain backend under another name', status: async () => ({ available: true, detail: 'here' }),
  async start() { await tf.setBackend('cpu'); return { id: 'mine', backend: 'cpu', platform: 'cpu', details: {} }; },
};
const options = { safeParse: (data) => ({ success: true, data }), parse: (data) => data };
const rebasin = {
  id: 'swap', summary: 'exchanges the first two units', needs: 'weights',
  align: async () => ({ 'layers.0': { kind: 'permutation', indices: Int32Array.from([1, 0, 2, 3]) } }),
};
const dataset = { id: 'nothing', summary: 'no data', options, status: async () => ({ available: false, where: 'nowhere' }), load: () => Promise.reject(new Error('none')) };
export default { contract: 1, engine: [engine], rebasin: [rebasin], dataset: [dataset] };
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (name: string): string => join(folder, name);
const settings = ['dataset.id=gaussian-blobs', 'architecture.options={"widths":[4]}', 'training.epochs=1'].flatMap((setting) => [
  '--set',
  setting,
]);
/** A command that must succeed; its JSON. */
async function json<T>(...args: string[]): Promise<T> {
  const { code, out, log } = await inProcess(...args, '--plugin', module, '--json');
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  return JSON.parse(out) as T;
}

test('an engine of a plugin is listed, and runs what names it', async () => {
  const { engines } = await json<{ engines: { id: string; detail: string }[] }>('engine', 'list');
  expect(engines.find(({ id }) => id === 'mine')).toMatchObject({ detail: 'here' });
  expect(await json('train', '--out', run('trained'), ...settings, '--engine', 'mine')).toMatchObject({ engine: 'mine' });
  expect(await json('resume', run('trained'), '--engine', 'mine')).toMatchObject({ engine: 'mine' });
  const unknown = await inProcess('train', '--out', run('never'), ...settings, '--engine', 'mine');
  expect([unknown.code, unknown.log]).toEqual([2, expect.stringMatching(/engine: a known id, got mine/)]);
});

test('a strategy of a plugin aligns, a data set of one is listed', async () => {
  const { groups } = await json<{ groups: { group: string; moved: number }[] }>(
    ...['align', `${run('trained')}:1`, `${run('trained')}:2`, '--with', 'swap', '--engine', 'wasm', '--out', run('aligned')],
  );
  expect(groups).toContainEqual(expect.objectContaining({ group: 'layers.0', moved: 2 }));
  const { datasets } = await json<{ datasets: { id: string; where: string }[] }>('data', 'list');
  expect(datasets.find(({ id }) => id === 'nothing')).toMatchObject({ where: 'nowhere' });
});

test('a run records the modules that its settings name plugins of, and no others', () => {
  const { plugins } = JSON.parse(readFileSync(join(run('trained'), 'config.json'), 'utf8')) as { plugins: object };
  expect(plugins).toEqual({});
});
