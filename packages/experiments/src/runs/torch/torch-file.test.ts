import '@tensorflow/tfjs-backend-cpu';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/core/testing';
import { createBuiltinRegistry } from '../../registry.js';
import { networkOf } from '../../experiment/plan.js';
import { resolveExperiment } from '../../experiment/resolve.js';
import { readFormat, savedModelIn, weightFormatOf } from '../weight-format.js';
import { PickledGlobal, type PickledObject } from './pickle.js';
import { readWeights } from './read-weights.js';
import { readTorchFile } from './torch-file.js';

interface Fixtures {
  readonly files: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, { shape: number[]; data: number[] }>>;
  readonly fairseq: { readonly tokens: number[][]; readonly logits: number[] };
}
const fixtures = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/torch-files.json'), 'utf8')) as Fixtures;
const bytesOf = (name: string): Buffer => Buffer.from(fixtures.files[name]!, 'base64');

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'basinlab-torch-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, bytes: Uint8Array = bytesOf(name)): string => {
  const path = join(folder, `${name}.pt`);
  writeFileSync(path, bytes);
  return path;
};

describe('files of torch.save', () => {
  test.each(['state-zip', 'state-legacy'])('%s: every type, views, parameters and empty tensors, in row-major order', async (name) => {
    const { tensors } = await readWeights(file(name));
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(fixtures.state).sort());
    for (const [key, { shape, data }] of Object.entries(fixtures.state)) {
      expect(tensors[key]!.shape).toEqual(shape);
      expect(Array.from(tensors[key]!.data as ArrayLike<number>, Number)).toEqual(data);
    }
  });

  test('a state dict within what a training script saves is found', async () => {
    expect((await readWeights(file('wrapped'))).tensors['plain']!.shape).toEqual([3, 4]);
    await expect(readWeights(file('numbers'))).rejects.toThrow('tensors by name, alone or as one of model, state_dict');
  });

  test('numbers of any size are read', async () => {
    const { value } = await readTorchFile(file('numbers'));
    expect(value).toEqual(
      new Map<unknown, unknown>([
        ['lr', 0.1],
        ['steps', [1, 2n ** 70n, -5]],
        ['name', 'x'],
      ]),
    );
  });

  test.each(['evil-zip', 'evil-legacy'])('%s: what a pickle would call is a record, and is not called', async (name) => {
    const { value } = await readTorchFile(file(name));
    const evil = (value as Map<string, unknown>).get('evil') as PickledObject;
    expect(evil.of).toEqual(new PickledGlobal('posix.system'));
    expect(evil.args).toEqual(['touch /tmp/basinlab-pickle-was-run']);
    expect(Object.keys((await readWeights(file(name))).tensors)).toEqual(['weight']);
    expect(existsSync('/tmp/basinlab-pickle-was-run')).toBe(false);
  });

  test('every prefix of a file is refused with its name, and none hangs or crashes', async () => {
    for (const name of ['state-zip', 'state-legacy']) {
      const whole = bytesOf(name);
      for (let length = 0; length < whole.length; length += name === 'state-zip' ? 61 : 13) {
        const path = file('cut', whole.subarray(0, length));
        await expect(readWeights(path)).rejects.toThrow(path);
      }
    }
  });

  test('any changed byte gives an error that names the file, or tensors of some numbers', async () => {
    const whole = bytesOf('state-legacy');
    for (let at = 0; at < whole.length; at += 3) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at]! + 1 + (at % 200)) & 0xff;
      const path = file('changed', changed);
      const outcome = await readWeights(path).then(
        () => 'read',
        (error: Error) => error.message,
      );
      expect(outcome === 'read' ? path : outcome).toContain(path);
    }
  });
});

describe('a checkpoint of fairseq', () => {
  test('is a BERT with the logits of the transformers library', async () => {
    const registry = createBuiltinRegistry();
    const path = file('fairseq');
    const saved = (await savedModelIn(path, registry))!;
    expect(saved).toEqual({
      ...{ file: path, format: 'transformers-roberta' },
      architecture: {
        id: 'bert',
        options: { vocabulary: 9, positions: 5, width: 6, layers: 2, heads: 3, units: 8, head: 'tokens', tied: true, epsilon: 1e-5 },
      },
    });
    const settings = { dataset: { id: 'text', options: { file: 'none.txt' } }, architecture: saved.architecture };
    const experiment = resolveExperiment('test', settings, ['training.models=1'], registry);
    const network = networkOf(experiment, registry);
    const arrays = await readFormat(path, weightFormatOf({ experiment, registry }, saved.format), network.params);
    const params = Object.fromEntries(
      Object.entries(arrays).map(([name, { shape, data }]) => [name, tf.tensor(data as Float32Array, [...shape])]),
    );
    const { logits } = network.apply({ params, constants: {}, state: {} }, tf.tensor2d(fixtures.fairseq.tokens, [2, 4], 'int32'));
    expectAllclose(await logits.data(), fixtures.fairseq.logits, { rtol: 1e-4, atol: 1e-5 });
  });
});
