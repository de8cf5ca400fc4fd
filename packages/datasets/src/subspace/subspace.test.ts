import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { gaussianLatent, gaussianSubspace, multilabelSubspace, parityLabels, paritySubspace, principalAxes } from '../index.js';
import type { GaussianSubspaceOptions } from '../index.js';

beforeAll(() => tf.setBackend('cpu'));

const small = { train: 60, test: 20, ambient: 12 };
const samples = { train: 54, validation: 6, test: 20 };
testContract(datasetContract(gaussianSubspace, [{ options: { ...small, intrinsic: 3, classes: 4 }, samples }]));
testContract(datasetContract(multilabelSubspace, [{ options: { ...small, labels: 5 }, samples }]));
testContract(
  datasetContract(paritySubspace, [
    { options: { ...small, intrinsic: 4 }, samples },
    { options: { ...small, intrinsic: 12, base: 3, validationFraction: 0.5 }, samples: { train: 30, validation: 30, test: 20 } },
  ]),
);

test('defaults are those of arXiv 2606.04754', () => {
  const defaults = gaussianSubspace.options.parse({});
  expect(defaults).toMatchObject({ train: 50_000, test: 10_000, classes: 20, intrinsic: 128, ambient: 512, separation: 0.3 });
  expect([defaults.structureSeed, defaults.trainSeed, defaults.testSeed]).toEqual([789, 123, 456]);
  expect(multilabelSubspace.options.parse({})).toMatchObject({ labels: 50, ambient: 512, basisSeed: 890, trainSeed: 234, testSeed: 567 });
  expect(paritySubspace.options.parse({})).toMatchObject({
    intrinsic: 128,
    ambient: 512,
    base: 2,
    basisSeed: 901,
    trainSeed: 345,
    testSeed: 678,
  });
});

describe('gaussian-subspace', () => {
  const load = (options: Partial<GaussianSubspaceOptions>) =>
    gaussianSubspace.load(gaussianSubspace.options.parse({ ...small, intrinsic: 3, ...options }));
  test('samples lie in a subspace of the intrinsic dimension, the same for training and test', async () => {
    const data = await load({ train: 300, test: 100 });
    const both = tf.concat([data.train.inputs, data.test.inputs]);
    const { variances } = principalAxes(await both.data(), 12);
    expect(variances[2]! / variances[0]!).toBeGreaterThan(1e-4);
    expect(variances[3]! / variances[0]!).toBeLessThan(1e-9);
    both.dispose();
    data.dispose();
  });
  test('seeds have their roles', async () => {
    const inputs = async (options: Partial<GaussianSubspaceOptions>) => {
      const data = await load(options);
      const values = [String(await data.train.inputs.data()), String(await data.test.inputs.data())];
      data.dispose();
      return values;
    };
    const [train, held] = await inputs({});
    const [otherTrain, sameTest] = await inputs({ trainSeed: 1 });
    expect([otherTrain === train, sameTest === held]).toEqual([false, true]);
    const [sameTrain, otherTest] = await inputs({ testSeed: 1 });
    expect([sameTrain === train, otherTest === held]).toEqual([true, false]);
    const structure = await inputs({ structureSeed: 1 });
    expect([structure[0] === train, structure[1] === held]).toEqual([false, false]);
  });
  test('refuses a subspace larger than the space', () => {
    expect(() => load({ intrinsic: 13 })).toThrow('subspace: at least 13 ambient dimensions, got 12');
  });
});

test('gaussianLatent turns the scaled noise and adds the mean', () => {
  const quarterTurn = [0, -1, 1, 0];
  const clusters = { intrinsic: 2, means: [0, 0, 10, 20], rotations: [1, 0, 0, 1, ...quarterTurn], scale: [2, 3] };
  expect([...gaussianLatent(clusters, [0, 1], [1, 1, 1, 1])]).toEqual([2, 3, 7, 22]);
});

test('parityLabels counts negative coordinates; zero is none', () => {
  expect([...parityLabels([-1, 2, -3, 0, -1, 1], 3, 2)]).toEqual([0, 1]);
  expect([...parityLabels([-1, -2, -3, -4], 4, 3)]).toEqual([1]);
});

test('multilabel-subspace: each label is 1 in about half of the samples', async () => {
  const data = await multilabelSubspace.load(multilabelSubspace.options.parse({ train: 400, test: 10, ambient: 6, labels: 6 }));
  expect(data.task).toBe('multi-label');
  const share = tf.tidy(() => tf.mean(data.train.labels, 0));
  for (const positive of await share.data()) expect(Math.abs(positive - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / 360));
  share.dispose();
  data.dispose();
});
