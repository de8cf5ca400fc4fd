import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@basinlab/core';
import { normal, keyFromSeed } from '@basinlab/core/random';
import { decodeSafetensors, encodeSafetensors } from '@basinlab/core/store';
import { expectAllclose } from '@basinlab/core/testing';
import { fromStateDict } from './from-state-dict.js';
import { networkOf, sampleVariables, upload } from './sample.fixture.js';
import type { Described } from './sample.fixture.js';
import { toStateDict } from './to-state-dict.js';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const script = join(fixtures, 'torch_networks.py');
const python = process.env['BASINLAB_PYTHON'] ?? 'python3';

function torchThere(): boolean {
  try {
    execFileSync(python, ['-c', 'import torch, safetensors'], { stdio: 'ignore', timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface TorchFile {
  readonly described: Described;
  readonly model: Parameters<typeof fromStateDict>[1];
  readonly x: tf.Tensor;
  readonly logits: Float32Array;
}

async function read(path: string): Promise<TorchFile> {
  const { tensors, metadata } = decodeSafetensors(await readFile(path), path);
  const model = Object.entries(tensors).flatMap(([name, entry]) => (name.startsWith('model.') ? [[name.slice(6), entry] as const] : []));
  const { x, logits } = tensors;
  const inputs = tf.tensor(x!.data as Float32Array, [...x!.shape]);
  return {
    described: JSON.parse(metadata['network']!) as Described,
    model: Object.fromEntries(model),
    x: inputs.rank === 4 ? tf.transpose(inputs, [0, 2, 3, 1]) : inputs,
    logits: logits!.data as Float32Array,
  };
}

const names = (await readdir(fixtures)).filter((name) => name.endsWith('.safetensors'));

test.each(names)('a network of PyTorch gives its logits here: %s', async (name) => {
  const { described, model, x, logits } = await read(join(fixtures, name));
  const network = networkOf(described);
  const variables = upload(fromStateDict(network, model, { fixedScale: described.fixedScale }));
  expectAllclose(network.apply(variables, x).logits, logits, { rtol: 1e-4, atol: 1e-5 });
});

const flat = { architecture: 'mlp', fixedScale: [1, 0.5, 2] };
const image = { architecture: 'resnet', fixedScale: Array.from({ length: 10 }, (_, i) => 1 + i / 8) };
const written: Described[] = [
  { ...flat, breaking: 'standard', options: { inputs: 12, widths: [7, 5], outputs: 3, norm: 'batch', activation: 'relu' } },
  { ...flat, breaking: 'w', options: { inputs: 12, widths: [7, 5], outputs: 3, norm: 'batch-linear', affine: false } },
  { ...flat, breaking: 'w', options: { inputs: 12, widths: [7, 5], outputs: 3, norm: 'layer-linear' } },
  { ...flat, breaking: 'syre', options: { inputs: 12, widths: [7, 5], outputs: 3, norm: 'none' } },
  { ...flat, breaking: 'sigma', options: { inputs: 12, widths: [7, 5], outputs: 3, norm: 'layer' } },
  { ...image, breaking: 'w', options: { depth: 8, baseWidth: 3, inputs: [5, 7, 2], classes: 4, norm: 'group' } },
  { ...image, breaking: 'syre', options: { depth: 8, baseWidth: 2, inputs: [6, 6, 3], classes: 4, norm: 'layer', activation: 'gelu' } },
  { ...image, breaking: 'standard', options: { depth: 8, baseWidth: 2, inputs: [6, 6, 3], classes: 4, norm: 'batch' } },
  { ...image, breaking: 'sigma', options: { depth: 8, baseWidth: 2, inputs: [6, 6, 3], classes: 4, norm: 'group' } },
];

const hasTorch = torchThere();
if (!hasTorch)
  process.stderr.write(`PyTorch: our exports not tested, because ${python} has no torch; set BASINLAB_PYTHON to one that has\n`);

(hasTorch ? describe : describe.skip)('with PyTorch', () => {
  test('networks written here load there, every entry used, and give the same logits', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'torch-'));
    try {
      const paths = await Promise.all(written.map((described, index) => write(join(folder, `${index}.safetensors`), described)));
      execFileSync(python, [script, 'run', ...paths], { timeout: 120_000 });
      for (const [index, path] of paths.entries()) {
        const { logits, x } = await read(path);
        const network = networkOf(written[index]!);
        expectAllclose(network.apply(upload(sampleVariables(network)), x).logits, logits, { rtol: 1e-4, atol: 1e-5 });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 180_000);
});

async function write(path: string, described: Described): Promise<string> {
  const network = networkOf(described);
  const entries = Object.entries(toStateDict(network, sampleVariables(network), { fixedScale: described.fixedScale }));
  const { inputs } = described.options;
  const shape = Array.isArray(inputs) ? [4, Number(inputs[2]), Number(inputs[0]), Number(inputs[1])] : [4, Number(inputs)];
  const x = {
    shape,
    data: normal(
      keyFromSeed(5),
      shape.reduce((product, length) => product * length, 1),
    ),
  };
  const tensors = Object.fromEntries([...entries.map(([name, entry]) => [`model.${name}`, entry] as const), ['x', x] as const]);
  await writeFile(path, encodeSafetensors(tensors, { network: JSON.stringify(described) }));
  return path;
}
