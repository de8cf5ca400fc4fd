import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from '@basinlab/core';
import { childKey, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { createBuiltinRegistry, savedModelIn, weightFormatOf, writeFormat } from '@basinlab/experiments';
import { standard } from '@basinlab/models-asymmetric';
import { bert } from '@basinlab/models-transformer';
import { importedLogits, numbersFrom, pythonHas, textExperiment } from './transformers.fixture.js';

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'basinlab-encoders-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const registry = createBuiltinRegistry();
const sizes = { vocabulary: 13, positions: 7, width: 12, layers: 2, heads: 3, units: 20, epsilon: 1e-5 };
// None of them is what RoBERTa takes for padding.
const ids = Array.from(randomInt(keyFromSeed(4), 3 * 7, 2, 13));
const inputs = (): tf.Tensor => tf.tensor2d(ids, [3, 7], 'int32');

/** Writes a model whose every parameter is away from where it starts; gives its logits. */
async function written(directory: string, format: string, options: Record<string, unknown>): Promise<tf.Tensor> {
  const network = buildNetwork({ architecture: bert, options: { ...sizes, ...options }, breaking: standard });
  const drawn = network.params.map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, tf.tensor(normal(childKey(keyFromSeed(1), name), size, { deviation: 0.3 }), [...shape])] as const;
  });
  const variables = { params: Object.fromEntries(drawn), constants: {}, state: {} };
  const experiment = textExperiment('bert', { ...sizes, ...options }, registry);
  await writeFormat(directory, weightFormatOf({ experiment, registry }, format), network, variables);
  return network.apply(variables, inputs()).logits;
}

const kinds = [
  { format: 'transformers', theirs: 'Bert', options: { head: 'tokens', tied: true } },
  { format: 'transformers', theirs: 'Bert', options: { head: 'states', tied: true } },
  { format: 'transformers-roberta', theirs: 'Roberta', options: { head: 'tokens', tied: true } },
] as const;

describe('encoders in the files of the transformers library', () => {
  test.each(kinds)('written and read again is the same model: $theirs $options.head', async ({ format, theirs, options }) => {
    const directory = join(folder, `round-${theirs}-${options.head}`);
    const logits = await written(directory, format, options);
    expect((await savedModelIn(directory, registry))!.architecture).toEqual({ id: 'bert', options: { ...sizes, ...options } });
    expectAllclose(await importedLogits(directory, registry, inputs()), logits, { rtol: 0, atol: 1e-6 });
  });

  test('settings of another function are refused', async () => {
    const directory = join(folder, 'spoiled');
    await written(directory, 'transformers', { head: 'tokens' });
    for (const [name, value] of Object.entries({ hidden_act: 'relu', position_embedding_type: 'relative_key', is_decoder: true })) {
      const settings = bert.formats![0]!.settings(bert.options.parse(sizes));
      writeFileSync(join(directory, 'config.json'), JSON.stringify({ ...settings, [name]: value }));
      await expect(savedModelIn(directory, registry)).rejects.toThrow(`an encoder with gelu and absolute positions: ${name}, got bert`);
    }
  });
});

(pythonHas('torch', 'transformers') ? describe : describe.skip)('with the transformers library', () => {
  const theirLogits = (directory: string, theirs: string, head: string, fresh = ''): Float32Array => {
    const name = `transformers.${theirs}${head === 'tokens' ? 'ForMaskedLM' : 'Model'}`;
    return numbersFrom([
      'import transformers',
      'torch.manual_seed(0)',
      ...(fresh === '' ? [] : [`${name}(transformers.${theirs}Config(${fresh})).save_pretrained(${JSON.stringify(directory)})`]),
      `model = ${name}.from_pretrained(${JSON.stringify(directory)}).eval()`,
      `model(torch.tensor(${JSON.stringify(ids)}).reshape(3, 7)).${head === 'tokens' ? 'logits' : 'last_hidden_state'}`,
    ]);
  };

  test.each(kinds)(
    'a model written here has the same logits there: $theirs $options.head',
    async ({ format, theirs, options }) => {
      const directory = join(folder, `theirs-${theirs}-${options.head}`);
      const logits = await written(directory, format, options);
      expectAllclose(await logits.data(), theirLogits(directory, theirs, options.head), { rtol: 1e-4, atol: 1e-4 });
    },
    200_000,
  );

  test.each(kinds)(
    'a model made there has the same logits here: $theirs $options.head',
    async ({ theirs, options }) => {
      const directory = join(folder, `made-${theirs}-${options.head}`);
      const positions = theirs === 'Roberta' ? 9 : 7;
      const config = `vocab_size=13, max_position_embeddings=${positions}, hidden_size=20, num_hidden_layers=3, num_attention_heads=5, intermediate_size=24, initializer_range=0.3`;
      const logits = theirLogits(directory, theirs, options.head, config);
      expectAllclose(await importedLogits(directory, registry, inputs()), logits, { rtol: 1e-4, atol: 1e-4 });
    },
    200_000,
  );
});
