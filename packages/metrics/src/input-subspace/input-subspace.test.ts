import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from '@jest/globals';
import { fromArrow, toArrow } from '@basinlab/core/arrow';
import { expectAllclose, metricContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import type { ActivationBatch } from '@basinlab/tensor';
import { multiplyTransposed } from '@basinlab/tensor/linear-algebra';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { subspaceCoherence } from '../subspace-coherence/index.js';
import { convolutionPatches, inputMoments, inputSubspace, mergeInputMoments, principalSubspace } from './index.js';

await tf.setBackend('cpu');

const random = (seed: number, shape: number[]): tf.Tensor => tf.tensor(normal(keyFromSeed(seed), tf.util.sizeFromShape(shape)), shape);
const field = { model: 'a', layer: 'layers.0', site: 'input' } as const;
const batchOf = (tensor: tf.Tensor): ActivationBatch => ({
  rows: tensor.shape[0]!,
  columns: [{ name: 'a.layers.0.input', field, tensor }],
});
const label = '{model=a,layer=layers.0,site=input}';
/** Three inputs of variance 8, 2 and 0 about means 5, 0 and 7. */
const cross = [
  [9, 0, 7],
  [1, 0, 7],
  [5, 2, 7],
  [5, -2, 7],
];

testContract(
  metricContract(inputSubspace, [
    {
      name: 'two directions',
      batch: () => batchOf(tf.tensor2d(cross)),
      expected: { [`dimension${label}`]: 2, [`explained-variance${label}`]: 1 },
    },
    { name: 'positions are rows', batch: () => batchOf(random(1, [6, 2, 2, 3])) },
    { name: 'constant inputs', batch: () => batchOf(tf.ones([4, 3])), expected: { [`dimension${label}`]: 0 }, degenerate: true },
  ]),
);
testContract(
  metricContract(subspaceCoherence, [
    { name: 'a coordinate direction', batch: () => batchOf(tf.tensor2d(cross)), expected: { [`subspace-coherence${label}`]: 1 } },
    {
      name: 'a diagonal direction',
      batch: () =>
        batchOf(
          tf.tensor2d([
            [1, 1],
            [2, 2],
            [5, 5],
          ]),
        ),
      expected: { [`subspace-coherence${label}`]: 0.5 },
    },
    { name: 'constant inputs', batch: () => batchOf(tf.ones([4, 3])), expected: { [`subspace-coherence${label}`]: 0 } },
  ]),
);

test('a table written elsewhere gives the same rows', async () => {
  const batch = batchOf(random(2, [20, 5]));
  const [read] = fromArrow(await toArrow(batch));
  const rows = (of: ActivationBatch) => inputSubspace.result(inputSubspace.update(inputSubspace.init(), of));
  expect(rows(read!)).toEqual(rows(batch));
});

describe('inputMoments', () => {
  test('on the device in pieces as on the host, and without leaks', async () => {
    const x = tf.add(random(3, [5100, 4]), [100, 0, -3, 0]);
    const before = tf.memory().numTensors;
    const host = await inputMoments(x, { precision: 'float64' });
    const device = await inputMoments(x, { precision: 'float32' });
    expect(tf.memory().numTensors).toBe(before);
    expect(device.rows).toBe(5100);
    expectAllclose(device.mean, host.mean, { rtol: 1e-6, atol: 1e-6 });
    expectAllclose(device.scatter, host.scatter, { rtol: 1e-5, atol: 1e-2 });
  });
  test('batches merge to the moments of all rows', async () => {
    const x = random(4, [30, 3]);
    const parts = await Promise.all([inputMoments(tf.slice(x, 0, 7)), inputMoments(tf.slice(x, 7, 23))]);
    const [merged, whole] = [mergeInputMoments(parts[0], parts[1]), await inputMoments(x)];
    expect(merged.rows).toBe(30);
    expectAllclose(merged.scatter, whole.scatter, { rtol: 1e-12, atol: 1e-12 });
  });
  test('refuses no rows', async () => {
    await expect(inputMoments(tf.zeros([0, 3]))).rejects.toThrow('input-subspace: activations of at least one row');
  });
});

describe('principalSubspace', () => {
  test('the fewest directions with the share, the first that reaches it included', async () => {
    const moments = await inputMoments(tf.tensor2d(cross));
    expect(principalSubspace(moments, 0.8)).toMatchObject({ dimension: 1, explained: 0.8 });
    expect(principalSubspace(moments, 0.81)).toMatchObject({ dimension: 2, explained: 1 });
    expectAllclose(principalSubspace(moments).variances, [8, 2, 0], { rtol: 1e-12, atol: 1e-12 });
    expectAllclose(principalSubspace(moments, 0.5).directions, [1, 0, 0], { rtol: 0, atol: 1e-12 });
  });
  test('never more directions than rows', async () => {
    expect(principalSubspace(await inputMoments(random(5, [3, 8])), 1).dimension).toBeLessThanOrEqual(3);
  });
  test('refuses other shares and inputs that are not finite', async () => {
    const moments = await inputMoments(tf.tensor2d(cross));
    expect(() => principalSubspace(moments, 0)).toThrow('input-subspace: a share of variance in (0, 1], got 0');
    const broken = await inputMoments(tf.tensor2d([[NaN], [1]]));
    expect(() => principalSubspace(broken)).toThrow('input-subspace: finite inputs');
  });
});

describe('convolutionPatches', () => {
  test.each([
    [1, 1],
    [3, 1],
    [3, 2],
    [5, 3],
  ])('kernel %i, stride %i: times the filters they are the convolution', (kernel, stride) => {
    const [x, filters] = [random(6, [2, 7, 6, 3]), random(7, [4, 3, kernel, kernel])];
    const expected = tf.conv2d(x as tf.Tensor4D, tf.transpose(filters, [2, 3, 1, 0]) as tf.Tensor4D, stride, (kernel - 1) / 2);
    const patches = convolutionPatches(x, { kernel, stride });
    const width = 3 * kernel ** 2;
    const products = multiplyTransposed(patches.dataSync(), filters.dataSync(), patches.shape[0], 4, width);
    expectAllclose(products, expected.dataSync(), { rtol: 1e-4, atol: 1e-5 });
  });
  test('refuses what has no center or no positions', () => {
    expect(() => convolutionPatches(random(1, [2, 3]), { kernel: 3 })).toThrow('input-subspace: images');
    expect(() => convolutionPatches(random(1, [1, 3, 3, 1]), { kernel: 2 })).toThrow('input-subspace: an odd kernel');
  });
});
