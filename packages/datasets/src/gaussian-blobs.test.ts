import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { gaussianBlobs } from './index.js';
import type { GaussianBlobsOptions } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const load = (options: Partial<GaussianBlobsOptions>) => gaussianBlobs.load(gaussianBlobs.options.parse(options));

testContract(
  datasetContract(gaussianBlobs, [
    { options: {}, samples: { train: 512, validation: 128, test: 128 } },
    { options: { classes: 3, features: 1, train: 7, validation: 1, test: 2, seed: 9 }, samples: { train: 7, validation: 1, test: 2 } },
  ]),
);

describe('gaussian-blobs', () => {
  test('without noise every sample lies at the centre of its class, the same in all parts', async () => {
    const data = await load({ classes: 3, features: 5, train: 9, test: 6, deviation: 0 });
    const train = (await data.train.inputs.array()) as number[][];
    const held = (await data.test.inputs.array()) as number[][];
    train.forEach((sample, i) => expect(sample).toEqual(train[i % 3]));
    held.forEach((sample, i) => expect(sample).toEqual(train[i % 3]));
    expect(train[0]).not.toEqual(train[1]);
    data.dispose();
  });
  test('samples scatter about the centre with the given deviation', async () => {
    const data = await load({ classes: 2, features: 4, train: 20_000, deviation: 0.5, separation: 0 });
    const values = Array.from(await data.train.inputs.data());
    const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    // Five standard errors of the variance of 80,000 normal numbers.
    expect(Math.abs(variance / 0.25 - 1)).toBeLessThan(5 * Math.sqrt(2 / 80_000));
    data.dispose();
  });
  test('parts differ, seeds differ, longer parts begin with shorter ones', async () => {
    const [short, long, other] = await Promise.all([
      load({ train: 40, validation: 40 }),
      load({ train: 80 }),
      load({ train: 40, seed: 1 }),
    ]);
    const first = [...(await short.train.inputs.data())];
    expect([...(await long.train.inputs.data())].slice(0, first.length)).toEqual(first);
    expect([...(await short.validation.inputs.data())]).not.toEqual(first);
    expect([...(await other.train.inputs.data())]).not.toEqual(first);
    [short, long, other].forEach((data) => data.dispose());
  });
  test('options are checked', () => {
    expect(gaussianBlobs.options.safeParse({ classes: 0 }).success).toBe(false);
    expect(gaussianBlobs.options.safeParse({ deviation: -1 }).success).toBe(false);
    expect(gaussianBlobs.options.safeParse({ seeds: 1 }).success).toBe(false);
  });
});
