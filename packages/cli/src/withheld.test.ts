import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inProcess } from './testing/run-cli.fixture.js';

/** Modules that leave a mark when they run, and what a run has of them. */
const modules = {
  weights: {
    text: `import { w } from '@basinlab/models-asymmetric';\nexport default { symmetryBreaking: [{ ...w, id: 'ring' }] };`,
    settings: ['breaking.id=ring', 'breaking.options={"fixedPerUnit":1,"fixedScale":2}'],
  },
  activation: {
    text: `import { sigma } from '@basinlab/models-asymmetric';\nexport default { symmetryBreaking: [{ ...sigma, id: 'twist' }] };`,
    settings: ['breaking.id=twist'],
  },
  data: {
    text: `import { builtinDatasets } from '@basinlab/datasets';
const blobs = builtinDatasets.find(({ id }) => id === 'gaussian-blobs');
export default { dataset: [{ ...blobs, id: 'blobs' }] };`,
    settings: ['dataset.id=blobs'],
  },
  rule: {
    text: `import { builtinOptimizers, builtinSchedules } from '@basinlab/core/training';
const one = (list, wanted) => list.find(({ id }) => id === wanted);
export default {
  optimizer: [{ ...one(builtinOptimizers, 'adamw'), id: 'mine' }],
  schedule: [{ ...one(builtinSchedules, 'constant'), id: 'still' }],
};`,
    settings: ['training.optimizer.id=mine', 'training.schedule.id=still'],
  },
} as const;
type Name = keyof typeof modules;

let folder: string;
let marker: string;
/** How often a module has been moved. */
let moves = 0;
const places = new Map<Name, string>();
const moduleOf = (name: Name): string => places.get(name)!;
const runOf = (name: Name): string => join(folder, name);
const measured = (name: Name, metrics: readonly string[], ...more: string[]) =>
  inProcess('measure', runOf(name), '--metric', ...metrics, '--engine', 'wasm', '--json', ...more);
const rowsOf = (out: string, id: string): unknown =>
  (JSON.parse(out) as { measurements: Record<string, { rows: unknown }> }).measurements[id]!.rows;
const missing = { activation: 'symmetryBreaking "twist"', data: 'dataset "blobs"' };
const lmc = 'linear-mode-connectivity';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-withheld-'));
  marker = join(folder, 'marker');
  // The modules import what this repository has.
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'), 'junction');
  for (const name of Object.keys(modules) as Name[]) {
    const { text, settings } = modules[name];
    places.set(name, join(folder, `${name}.mjs`));
    writeFileSync(moduleOf(name), `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(marker)}, '');\n${text}\n`);
    const all = ['dataset.id=gaussian-blobs', 'architecture.options={"widths":[6]}', 'training.models=2', 'training.epochs=1', ...settings];
    const args = ['--plugin', moduleOf(name), '--engine', 'wasm', '--out', runOf(name), ...all.flatMap((one) => ['--set', one])];
    const { code, log } = await inProcess('train', ...args);
    expect([code, log]).toEqual([0, expect.anything()]);
  }
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What happens where the run's module is not trusted, and none that this process has imported before; nothing of it may run. */
async function untrusted<T>(name: Name, act: () => Promise<T>): Promise<T> {
  await inProcess('plugins', 'untrust', moduleOf(name));
  const place = join(folder, `${name}-${++moves}.mjs`);
  renameSync(moduleOf(name), place);
  places.set(name, place);
  const path = join(runOf(name), 'config.json');
  const { plugins, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as { plugins: Record<string, string> };
  writeFileSync(path, JSON.stringify({ ...rest, plugins: { [place]: Object.values(plugins)[0] } }));
  rmSync(marker, { force: true });
  const result = await act();
  expect(existsSync(marker)).toBe(false);
  return result;
}

/** The same where it is; this runs the module. */
async function trusted<T>(name: Name, act: () => Promise<T>): Promise<T> {
  expect(await inProcess('plugins', 'trust', runOf(name))).toMatchObject({ code: 0 });
  const result = await act();
  expect(existsSync(marker)).toBe(true);
  return result;
}

describe('a run whose module is not trusted', () => {
  test('is measured as it would be with the module where the module gave constants of weights, which the checkpoint holds', async () => {
    const measure = () => measured('weights', [lmc, 'cka'], '--align', 'none', 'activation-matching');
    const without = await untrusted('weights', measure);
    const withModule = await trusted('weights', measure);
    expect(without).toMatchObject({ code: 0, log: expect.stringMatching(/weights-\d\.mjs is not loaded, which this does not need/) });
    for (const id of [lmc, 'cka']) expect(rowsOf(without.out, id)).toEqual(rowsOf(withModule.out, id));
  });

  test('is measured where only the training needed the module', async () => {
    const without = await untrusted('rule', () => measured('rule', [lmc]));
    const withModule = await trusted('rule', () => measured('rule', [lmc]));
    expect([without.code, rowsOf(without.out, lmc)]).toEqual([0, rowsOf(withModule.out, lmc)]);
  });

  test.each(['activation', 'data'] as const)('is measured by weights where the module has the %s, and the rest left out', async (name) => {
    const none = await untrusted(name, () => measured(name, [lmc]));
    expect([none.code, none.log]).toEqual([2, expect.stringContaining(`basinlab plugins trust ${moduleOf(name)}`)]);
    const some = await untrusted(name, () => measured(name, ['distance', lmc, 'cka']));
    for (const id of [lmc, 'cka'])
      expect(some.log).toContain(`measure: left out ${id}: ${runOf(name)}: ${missing[name]} from a module that you trust`);
    expect(some.log).toContain(`basinlab plugins trust ${moduleOf(name)}`);
    expect((JSON.parse(some.out) as { leftOut: { id: string }[] }).leftOut.map(({ id }) => id)).toEqual([lmc, 'cka']);
    const withModule = await trusted(name, () => measured(name, ['distance']));
    expect([some.code, rowsOf(some.out, 'distance')]).toEqual([1, rowsOf(withModule.out, 'distance')]);
  });

  test('is aligned by weights alone without the data', async () => {
    const measure = () => measured('data', ['distance'], '--align', 'weight-matching', 'activation-matching');
    const { code, out, log } = await untrusted('data', measure);
    expect([code, log]).toEqual([1, expect.stringContaining('measure: left out activation-matching')]);
    expect(rowsOf(out, 'distance')).toContainEqual(expect.objectContaining({ alignment: 'weight-matching' }));
    const align = (strategy: string) => () =>
      inProcess(
        'align',
        `${runOf('data')}:1`,
        `${runOf('data')}:2`,
        '--with',
        strategy,
        '--engine',
        'wasm',
        '--out',
        join(folder, strategy),
      );
    expect(await untrusted('data', align('weight-matching'))).toMatchObject({ code: 0 });
    expect(await untrusted('data', align('activation-matching'))).toMatchObject({ code: 2, log: expect.stringContaining('plugins trust') });
  });

  test('an id that nobody knows may be of the module', async () => {
    const { code, log } = await untrusted('rule', () => measured('rule', ['mine', 'distance'], '--set', 'mine.x=1'));
    expect(code).toBe(1);
    expect(log).toContain(`It may be of ${moduleOf('rule')}, which is not loaded. Look into it, then confirm it once`);
  });

  test('is not trained on', async () => {
    const { code, log } = await untrusted('rule', () => inProcess('resume', runOf('rule'), '--engine', 'wasm'));
    expect([code, log]).toEqual([2, expect.stringContaining(`basinlab plugins trust ${moduleOf('rule')}`)]);
  });

  test('is exported where the masks need not be told apart, queried and reported', async () => {
    await untrusted('weights', async () => {
      const file = join(folder, 'plain.safetensors');
      expect(await inProcess('export', `${runOf('weights')}:1`, '--standard', '--out', file)).toMatchObject({ code: 0 });
      const masks = await inProcess('export', `${runOf('weights')}:1`, '--out', file);
      expect([masks.code, masks.log]).toEqual([2, expect.stringContaining('basinlab plugins trust')]);
      const curves = await inProcess('export', runOf('weights'), '--format', 'tensorboard', '--out', join(folder, 'logs'));
      expect(curves).toMatchObject({ code: 0 });
      expect(await inProcess('query', 'select breaking from runs', runOf('weights'))).toMatchObject({
        code: 0,
        out: expect.stringContaining('ring'),
      });
    });
  });
});

describe('a run from another machine, whose module lies elsewhere here', () => {
  test('finds it by its content once it is confirmed', async () => {
    const elsewhere = join(folder, 'elsewhere', 'activation.mjs');
    await untrusted('activation', async () => {
      mkdirSync(join(folder, 'elsewhere'));
      renameSync(moduleOf('activation'), elsewhere);
      const gone = await measured('activation', [lmc]);
      expect([gone.code, gone.log]).toEqual([2, expect.stringMatching(/got none that can be read \(ENOENT.*basinlab plugins trust PATH/)]);
      expect(await inProcess('plugins', 'trust', runOf('activation'))).toMatchObject({ code: 2, log: expect.stringContaining('ENOENT') });
      expect(await inProcess('plugins', 'trust', runOf('activation'), elsewhere)).toMatchObject({ code: 0 });
    });
    expect(await measured('activation', [lmc])).toMatchObject({ code: 0 });
    expect(existsSync(marker)).toBe(true);
  });

  test('is not served by another module with a plugin of that id', async () => {
    const other = join(folder, 'other.mjs');
    writeFileSync(other, `${readFileSync(moduleOf('data'), 'utf8')}// another version\n`);
    renameSync(moduleOf('data'), join(folder, 'data.away.mjs'));
    const { code, log } = await measured('data', [lmc], '--plugin', other);
    expect([code, log]).toEqual([2, expect.stringContaining(`${moduleOf('data')} as it was when the run began`)]);
    renameSync(join(folder, 'data.away.mjs'), moduleOf('data'));
  });
});
