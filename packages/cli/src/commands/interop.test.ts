import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTensors } from '@basinlab/core/store';
import { inProcess } from '../testing/run-cli.fixture.js';

let folder: string;
const at = (name: string): string => join(folder, name);

const settings = [
  'dataset.id=gaussian-blobs',
  'architecture.options={"inputs":8,"widths":[16,12],"outputs":4,"norm":"batch"}',
  'breaking.id=w',
  'breaking.options={"fixedPerUnit":{"*":3,"layers.2.*":6},"fixedScale":[1,0.5,2]}',
].flatMap((value) => ['--set', value]);

interface Measured {
  readonly rows: readonly { readonly distance: number; readonly accuracyBarrier: number; readonly lossBarrier: number }[];
}

async function run(...args: string[]): Promise<{ code: number | null; log: string; json: unknown }> {
  const { code, out, log } = await inProcess(...args, '--json');
  return { code, log, json: JSON.parse(out) as unknown };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'basinlab-interop-'));
  const { code, log } = await inProcess('train', '--engine', 'cpu', '--out', at('w'), ...settings, '--set', 'training.epochs=1');
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  for (const model of [1, 2]) await run('export', `${at('w')}:${model}`, '--out', at(`w${model}.safetensors`));
  await run('export', `${at('w')}:1`, '--standard', '--out', at('plain.safetensors'));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('export', () => {
  test("writes the reference's names: masks, or plain weights", async () => {
    const [masked, plain] = await Promise.all(['w1', 'plain'].map((name) => readTensors(at(`${name}.safetensors`))));
    expect(Object.keys(masked!.tensors)).toEqual(expect.arrayContaining(['lins.0.mask', 'lins.2.normal_mask', 'norms.1.running_var']));
    expect(Object.keys(plain!.tensors).sort()).toEqual(
      Object.keys(masked!.tensors)
        .filter((name) => !name.includes('mask'))
        .sort(),
    );
    const { data: mask } = masked!.tensors['lins.2.mask']!;
    expect(Array.from(mask as Float32Array).filter((value) => value === 0)).toHaveLength(4 * 6);
  });

  test('says which models there are', async () => {
    const { code, log } = await run('export', at('w'), '--out', at('x.safetensors'));
    expect(code).toBe(2);
    expect(log).toContain('1 to 2, got nothing');
    expect((await run('export', `${at('w')}:3`, '--out', at('x.safetensors'))).log).toContain('1 to 2, got 3');
    expect(existsSync(at('x.safetensors'))).toBe(false);
  });
});

describe('import', () => {
  test('of both models gives the run back: no distance, no barrier', async () => {
    const imported = await run('import', at('w1.safetensors'), at('w2.safetensors'), '--out', at('back'), ...settings);
    expect(imported).toMatchObject({ code: 0, json: { models: 2, parameters: 8 * 16 + 16 + 16 * 12 + 12 + 12 * 4 + 4 + 2 * (16 + 12) } });
    for (const model of [1, 2]) {
      const { json } = await run('measure', `${at('w')}:${model}`, `${at('back')}:${model}`, '--engine', 'cpu', '--points', '3');
      const [row] = (json as Measured).rows;
      expect(row!.distance).toBeLessThan(1e-5);
      expect(row!.lossBarrier).toBeLessThan(1e-6);
    }
    const aligned = await run('align', `${at('back')}:1`, `${at('back')}:2`, '--engine', 'cpu', '--out', at('aligned'));
    expect(aligned.code).toBe(0);
  });

  test('starts from the settings that an exported file brings along', async () => {
    const { json } = await run('import', at('plain.safetensors'), '--out', at('plain'));
    expect(json).toMatchObject({
      models: 1,
      experiment: { breaking: { id: 'standard' }, architecture: { options: { norm: 'batch' } }, dataset: { id: 'gaussian-blobs' } },
    });
  });

  test('refuses a file that does not fit, and leaves no run', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, log } = await run('import', ...args, '--out', at('refused'));
      expect([code, existsSync(at('refused'))]).toEqual([2, false]);
      return log;
    };
    expect(await refused(at('plain.safetensors'), ...settings)).toContain('lins.0.mask missing');
    expect(await refused(at('w1.safetensors'), '--set', 'breaking.id=standard')).toContain('lins.0.mask unexpected');
    expect(await refused(at('w1.safetensors'), '--set', 'architecture.options.widths=[16,13]')).toContain('where [13, 16] is needed');
    expect(await refused(at('w1.safetensors'), '--preset', 'mnist-mlp-ww')).toContain('Did you mean');
    await run('train', '--engine', 'cpu', '--out', at('other'), ...settings, '--set', 'training.epochs=1', '--seed', '5');
    await run('export', `${at('other')}:1`, '--out', at('other.safetensors'));
    expect(await refused(at('w1.safetensors'), at('other.safetensors'))).toContain(
      'the masks, noise or gates of w1.safetensors, got others',
    );
    expect((await run('import', at('w1.safetensors'), '--out', at('w'))).log).toContain('a folder without a run');
  });
});
