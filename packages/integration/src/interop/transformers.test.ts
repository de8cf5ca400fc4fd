import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type Network, type Variables } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import {
  createBuiltinRegistry,
  importRun,
  loadModels,
  openExperiment,
  resolveExperiment,
  savedModelIn,
  weightFormatOf,
  writeFormat,
  writeInFormat,
} from '@basinlab/experiments';
import { standard } from '@basinlab/models-asymmetric';
import { gpt2, vit } from '@basinlab/models-transformer';
import { applyTransform } from '@basinlab/rebasin';
import { importedLogits, numbersFrom, pythonHas, textExperiment } from './transformers.fixture.js';

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'basinlab-gpt2-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const registry = createBuiltinRegistry();
const sizes = { vocabulary: 13, positions: 7, width: 12, layers: 2, heads: 3, units: 20 };
const ids = Array.from(randomInt(keyFromSeed(4), 3 * 7, 0, 13));
const inputs = (): tf.Tensor => tf.tensor2d(ids, [3, 7], 'int32');

const experimentOf = (options: Record<string, unknown>) => textExperiment('gpt2', options, registry);

/** A network whose every parameter is away from where it starts, and its parameters. */
function sample(tied: boolean) {
  const network = buildNetwork({ architecture: gpt2, options: { ...sizes, tied }, breaking: standard });
  const params = Object.fromEntries(
    network.params.map(({ name, shape }) => [
      name,
      tf.tensor(
        normal(
          childKey(keyFromSeed(1), name),
          shape.reduce((a, b) => a * b, 1),
          { deviation: 0.3 },
        ),
        [...shape],
      ),
    ]),
  );
  return { network, variables: { params, constants: {}, state: {} } satisfies Variables };
}

const imported = (directory: string): Promise<tf.Tensor> => importedLogits(directory, registry, inputs());

describe('GPT-2 in the files of the transformers library', () => {
  test.each([true, false])('written and read again is the same model, heads tied: %s', async (tied) => {
    const { network, variables } = sample(tied);
    const directory = join(folder, `round-${tied}`);
    const chosen = weightFormatOf({ experiment: experimentOf({ ...sizes, tied }), registry }, 'transformers');
    await writeFormat(directory, chosen, network, variables);
    expect((await savedModelIn(directory, registry))!.architecture).toEqual({ id: 'gpt2', options: { ...sizes, tied, epsilon: 1e-5 } });
    expectAllclose(await imported(directory), network.apply(variables, inputs()).logits, { rtol: 0, atol: 0 });
  });

  test('another model, and one that does not fit its settings, are refused', async () => {
    const { network, variables } = sample(true);
    const directory = join(folder, 'spoiled');
    const chosen = weightFormatOf({ experiment: experimentOf({ ...sizes, tied: true }), registry }, 'transformers');
    await writeFormat(directory, chosen, network, variables);
    const settings = chosen.format.settings(chosen.options);
    const write = (changed: object) => writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...settings, ...changed }));
    write({ model_type: 'llama' });
    await expect(savedModelIn(directory, registry)).rejects.toThrow(/config.json: a model_type among bert, roberta, gpt2, vit, got llama/);
    write({ activation_function: 'relu' });
    await expect(savedModelIn(directory, registry)).rejects.toThrow(/activation_function/);
    write({ vocab_size: 12 });
    await expect(imported(directory)).rejects.toThrow(/tokens.weight of shape \[12, 12\], got \[13,12\]/);
    write({ tie_word_embeddings: false, n_layer: 3 });
    await expect(imported(directory)).rejects.toThrow(/blocks.2.attentionNorm.weight of shape \[12\], got none/);
    expect(await savedModelIn(folder, registry)).toBeNull();
    expect(() =>
      weightFormatOf(
        { experiment: resolveExperiment('test', { architecture: { id: 'mlp', options: { widths: [4] } } }, [], registry), registry },
        'transformers',
      ),
    ).toThrow(/--format of mlp: one of pytorch/);
  });
});

const images = { inputs: [8, 8, 3], classes: 5, patch: 4, width: 12, layers: 2, heads: 3, units: 20, pooling: 'class-token' } as const;
const pictures = normal(keyFromSeed(9), 2 * 192);
const vitExperiment = () =>
  resolveExperiment(
    'test',
    { dataset: { id: 'fashion-mnist' }, architecture: { id: 'vit', options: images } },
    ['training.models=1'],
    registry,
  );

/** A ViT whose every parameter is away from where it starts. */
function sampleVit() {
  const network = buildNetwork({ architecture: vit, options: { ...images, inputs: [8, 8, 3] }, breaking: standard });
  const drawn = network.params.map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, tf.tensor(normal(childKey(keyFromSeed(2), name), size, { deviation: 0.3 }), [...shape])] as const;
  });
  return { network, variables: { params: Object.fromEntries(drawn), constants: {}, state: {} } satisfies Variables };
}
const vitLogits = (network: Network, variables: Variables): tf.Tensor =>
  network.apply(variables, tf.tensor4d(pictures, [2, 8, 8, 3])).logits;

test('ViT in the files of the transformers library: written and read again it is the same model; other settings are refused', async () => {
  const { network, variables } = sampleVit();
  const directory = join(folder, 'vit');
  const experiment = vitExperiment();
  const chosen = weightFormatOf({ experiment, registry }, 'transformers');
  await writeFormat(directory, chosen, network, variables);
  const saved = (await savedModelIn(directory, registry))!;
  expect(saved.architecture).toEqual({ id: 'vit', options: { ...images, epsilon: 1e-6 } });
  const run = `${directory}-run`;
  await importRun({ directory: run, files: [saved.file], experiment, network, fixedScale: 1, plugins: {}, format: chosen });
  const { network: loaded, models } = await loadModels(await openExperiment(run));
  expectAllclose(vitLogits(loaded, models[0]!), vitLogits(network, variables), { rtol: 0, atol: 0 });
  const settings = chosen.format.settings(chosen.options);
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...settings, hidden_act: 'relu' }));
  await expect(savedModelIn(directory, registry)).rejects.toThrow(/config.json: a ViT with gelu and biases: hidden_act, got vit/);
  const mean = { ...(chosen.options as object), pooling: 'mean' };
  expect(() => chosen.format.write(variables.params, mean)).toThrow('pooling class-token, which is what ViT has in transformers, got mean');
});

const there = pythonHas('torch', 'transformers');

(there ? describe : describe.skip)('with the transformers library', () => {
  /** Logits of the model in a folder, as the library computes them; with `fresh` it makes the model there first. */
  const theirs = (directory: string, fresh = ''): Float32Array => {
    const make = `transformers.GPT2LMHeadModel(transformers.GPT2Config(${fresh})).save_pretrained(${JSON.stringify(directory)})`;
    return numbersFrom([
      'import transformers',
      'torch.manual_seed(0)',
      ...(fresh === '' ? [] : [make]),
      `model = transformers.GPT2LMHeadModel.from_pretrained(${JSON.stringify(directory)}).eval()`,
      `model(torch.tensor(${JSON.stringify(ids)}).reshape(3, 7)).logits`,
    ]);
  };

  test.each([true, false])(
    'a model written here opens there with the same logits, heads tied: %s',
    async (tied) => {
      const { network, variables } = sample(tied);
      const directory = join(folder, `theirs-${tied}`);
      await writeFormat(
        directory,
        weightFormatOf({ experiment: experimentOf({ ...sizes, tied }), registry }, 'transformers'),
        network,
        variables,
      );
      expectAllclose(network.apply(variables, inputs()).logits, theirs(directory), { rtol: 1e-4, atol: 1e-5 });
    },
    200_000,
  );

  test('a model whose residual stream was rotated comes back to LayerNorm, and opens there with the logits that it had', async () => {
    const { network, variables } = sample(true);
    const options = gpt2.options.parse(sizes);
    const [rewrite] = gpt2.rewrites!;
    const specs = rewrite!.to.params(rewrite!.options(options));
    const matrix = Float64Array.from(orthonormalColumns(Float64Array.from(normal(keyFromSeed(8), 144)), 12, 12));
    const element = {
      residual: { kind: 'orthogonal', size: 12, matrix },
      'blocks.0.attention': { kind: 'permutation', indices: Int32Array.of(2, 0, 1) },
    } as const;
    const rotated = applyTransform(specs, await rewrite!.params(variables.params, options), element);
    const back = await rewrite!.back!(rotated, options);
    for (const share of Object.values(back.lost)) expect(share).toBeLessThan(1e-3);
    const directory = join(folder, 'back');
    const chosen = weightFormatOf({ experiment: experimentOf(sizes), registry }, 'transformers');
    await writeInFormat(directory, { ...chosen, options: { ...options, ...back.options } }, back.params);
    expectAllclose(await imported(directory), network.apply(variables, inputs()).logits, { rtol: 1e-3, atol: 1e-3 });
    expectAllclose(network.apply(variables, inputs()).logits, theirs(directory), { rtol: 1e-3, atol: 1e-3 });
  }, 200_000);

  test('a model made there has the same logits here', async () => {
    const directory = join(folder, 'made');
    const logits = theirs(directory, 'vocab_size=13, n_positions=7, n_embd=20, n_layer=3, n_head=5');
    expectAllclose(await imported(directory), logits, { rtol: 1e-4, atol: 1e-5 });
  }, 200_000);

  test.each(['written here', 'made there'])(
    'ViT %s has the same logits on both sides',
    async (where) => {
      const { network, variables } = sampleVit();
      const directory = join(folder, `vit-${where.slice(0, 4)}`);
      const experiment = vitExperiment();
      const chosen = weightFormatOf({ experiment, registry }, 'transformers');
      if (where === 'written here') await writeFormat(directory, chosen, network, variables);
      const config =
        'hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, image_size=8, patch_size=4, num_labels=5, layer_norm_eps=1e-6, initializer_range=0.3';
      const theirs = numbersFrom([
        'import transformers',
        'torch.manual_seed(0)',
        ...(where === 'made there'
          ? [`transformers.ViTForImageClassification(transformers.ViTConfig(${config})).save_pretrained(${JSON.stringify(directory)})`]
          : []),
        `model = transformers.ViTForImageClassification.from_pretrained(${JSON.stringify(directory)}).eval()`,
        `x = torch.tensor(${JSON.stringify(Array.from(pictures))}).reshape(2, 8, 8, 3).permute(0, 3, 1, 2)`,
        'model(x).logits',
      ]);
      let ours = { network, model: variables as Variables };
      if (where === 'made there') {
        const saved = (await savedModelIn(directory, registry))!;
        expect(saved.architecture.options).toMatchObject({ ...images });
        const run = `${directory}-run`;
        await importRun({ directory: run, files: [saved.file], experiment, network, fixedScale: 1, plugins: {}, format: chosen });
        const loaded = await loadModels(await openExperiment(run));
        ours = { network: loaded.network, model: loaded.models[0]! };
      }
      expectAllclose(vitLogits(ours.network, ours.model).dataSync(), theirs, { rtol: 1e-4, atol: 1e-4 });
    },
    200_000,
  );
});
