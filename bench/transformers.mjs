import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork } from '@basinlab/core';
import { foldIn, keyFromSeed, normal, childKey, randomInt } from '@basinlab/core/random';
import { downloadTensors, writeTensors } from '@basinlab/core/store';
import { standard } from '@basinlab/models-asymmetric';
import { gpt2, gpt2Circuits, vit } from '@basinlab/models-transformer';

/** The GPT-2 of arXiv 2506.22712 on Tiny Shakespeare, with the tokens that occur there. */
export const sizes = { vocabulary: 11_500, positions: 256, width: 256, layers: 6, heads: 4, units: 1024 };
export const vitSizes = { inputs: [32, 32, 3], classes: 10, patch: 4, width: 256, layers: 6, heads: 8, units: 512 };

export const network = (architecture) => {
  const options = { gpt2: { ...sizes, tied: false }, 'gpt2-circuits': sizes, vit: vitSizes }[architecture];
  return buildNetwork({ architecture: { gpt2, 'gpt2-circuits': gpt2Circuits, vit }[architecture], options, breaking: standard });
};

/** Random parameters of a network, as large as trained ones are. */
export const randomParams = (of, seed, deviation = 0.05) =>
  Object.fromEntries(
    of.params.map(({ name, shape, init }) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const noise = tf.tensor(normal(childKey(foldIn(keyFromSeed(seed), 1), name), size, { deviation }), shape);
      return [name, init.kind === 'ones' ? tf.add(noise, 1) : noise];
    }),
  );

/** Random sequences and what follows each token. */
export function sequences(windows, seed = 3) {
  const ids = randomInt(keyFromSeed(seed), windows * 257, 0, sizes.vocabulary);
  const all = tf.tensor2d(ids, [windows, 257], 'int32');
  return { inputs: tf.slice(all, [0, 0], [windows, 256]), labels: tf.slice(all, [0, 1], [windows, 256]) };
}

/** Writes tensors for the baselines, and beside them a list of matrix products; returns the file and how to remove it. */
export async function shared(tensors, products = []) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basinlab-bench-'));
  const file = path.join(folder, 'transformers.safetensors');
  fs.writeFileSync(path.join(folder, 'products.json'), JSON.stringify(products));
  await writeTensors(file, await downloadTensors(tensors));
  return { file, remove: () => fs.rmSync(folder, { recursive: true }) };
}

export const prefixed = (prefix, tensors) =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
