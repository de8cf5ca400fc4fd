import * as tf from '@tensorflow/tfjs-core';
import type { LoadedDataset, Split } from '@basinlab/core';
import { demand, fromLevels } from '@basinlab/core';
import { trainValidationSplit } from '../train-validation-split.js';
import type { ImageOptions } from './image-options.js';
import type { LabelledImages } from './labelled-images.js';
import { chosenImages, normalizedLevels } from './normalize-images.js';
import type { Normalization } from './normalize-images.js';

export interface ImageSet {
  /** What errors call the set. */
  readonly set: string;
  readonly classes: number;
  readonly normalization: Normalization;
  readonly training: LabelledImages;
  readonly testing: LabelledImages;
}

/** Splits the training images and puts all on the device, as levels that are normalised where they are used, [samples, height, width, channels] or flat. */
export function loadImages({ set, classes, normalization, training, testing }: ImageSet, options: ImageOptions): LoadedDataset {
  const { flatten, validationFraction, splitSeed, limit } = options;
  const { train, validation } = trainValidationSplit(training.count, validationFraction, splitSeed);
  const pixels = size(training.shape);
  demand(size(testing.shape) === pixels, set, `test images of ${pixels} pixels`, size(testing.shape));
  const table = normalizedLevels(normalization);
  const inputShape = flatten ? [pixels] : [...training.shape];
  const upload = ({ images, labels }: LabelledImages, rows: Int32Array): Split => ({
    inputs: fromLevels(chosenImages(images, pixels, rows), [rows.length, ...inputShape], table),
    labels: tf.tensor1d(
      Int32Array.from(rows, (row) => labels[row]!),
      'int32',
    ),
  });
  const everyTest = Int32Array.from({ length: testing.count }, (_, i) => i);
  const parts = {
    train: upload(training, train.subarray(0, limit.train)),
    validation: upload(training, validation.subarray(0, limit.validation)),
    test: upload(testing, everyTest.subarray(0, limit.test)),
  };
  return { ...parts, classes, inputShape, dispose: () => disposeSplits(parts) };
}

/** Releases the tensors of splits. */
export function disposeSplits(splits: Readonly<Record<string, Split>>): void {
  tf.dispose(Object.values(splits).map(({ inputs, labels, nodes }) => [inputs, labels, ...(nodes === undefined ? [] : [nodes])]));
}

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
