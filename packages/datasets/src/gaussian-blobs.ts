import * as tf from '@tensorflow/tfjs-core';
import type { Dataset, Split } from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import { z } from 'zod';

const size = z.number().int().positive();

const options = z.strictObject({
  classes: size.default(4),
  features: size.default(8),
  /** Samples in each part. Class of sample i: i modulo `classes`. */
  train: size.default(512),
  validation: size.default(128),
  test: size.default(128),
  /** Standard deviation of the centres in each feature. Two centres are about separation * sqrt(2 features) apart. */
  separation: z.number().nonnegative().default(2),
  /** Standard deviation of the samples about their centre in each feature. */
  deviation: z.number().nonnegative().default(1),
  seed: z.number().int().default(0),
});

/** Options of `gaussian-blobs`. */
export type GaussianBlobsOptions = z.output<typeof options>;

/**
 * One Gaussian cloud per class, made on the spot: for tests and trial runs. With c a centre drawn from N(0, separation^2), a sample of its class
 * is c + N(0, deviation^2). Inputs [samples, features]. Equal options give equal samples, and a longer part begins with the shorter one.
 */
export const gaussianBlobs: Dataset<GaussianBlobsOptions> = {
  id: 'gaussian-blobs',
  summary: 'One Gaussian cloud per class, made from a seed: for tests and trial runs',
  options,
  status: () => Promise.resolve({ available: true, where: 'made in memory' }),
  load({ classes, features, separation, deviation, seed, ...sizes }) {
    const key = keyFromSeed(seed);
    const centers = normal(childKey(key, 'centers'), classes * features, { deviation: separation });
    const part = (name: 'train' | 'validation' | 'test'): Split => {
      const samples = sizes[name];
      const inputs = normal(childKey(key, name), samples * features, { deviation });
      inputs.forEach((noise, i) => (inputs[i] = noise + centers[(Math.floor(i / features) % classes) * features + (i % features)]!));
      return {
        inputs: tf.tensor2d(inputs, [samples, features]),
        labels: tf.tensor1d(
          Int32Array.from({ length: samples }, (_, i) => i % classes),
          'int32',
        ),
      };
    };
    const parts = { train: part('train'), validation: part('validation'), test: part('test') };
    return Promise.resolve({
      ...parts,
      classes,
      inputShape: [features],
      dispose: () => tf.dispose(Object.values(parts).map(({ inputs, labels }) => [inputs, labels])),
    });
  },
};
