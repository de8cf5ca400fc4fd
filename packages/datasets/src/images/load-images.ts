import * as tf from '@tensorflow/tfjs-core';
import type { LoadedDataset, Split } from '@basinlab/core';
import { demand, fromLevels } from '@basinlab/core';
import { trainValidationSplit } from '../train-validation-split.js';
import type { ImageOptions } from './image-options.js';
import type { LabelledImages } from './labelled-images.js';
import { normalizedLevels } from './normalize-images.js';
import type { Normalization } from './normalize-images.js';
import { reorderRows } from './reorder-rows.js';

export interface ImageSet {
  /** What errors call the set. */
  readonly set: string;
  readonly classes: number;
  readonly normalization: Normalization;
  readonly training: LabelledImages;
  readonly testing: LabelledImages;
}

/**
 * Splits the training images and puts all on the device, [samples, height, width, channels] or flat: as levels, which are normalised where they are used.
 * The bytes of the training images are put into the order of the split, in place.
 */
export function loadImages({ set, classes, normalization, training, testing }: ImageSet, options: ImageOptions): LoadedDataset {
  const { flatten, validationFraction, splitSeed, limit } = options;
  const { train, validation } = trainValidationSplit(training.count, validationFraction, splitSeed);
  const pixels = size(training.shape);
  demand(size(testing.shape) === pixels, set, `test images of ${pixels} pixels`, size(testing.shape));
  const table = normalizedLevels(normalization);
  const inputShape = flatten ? [pixels] : [...training.shape];
  reorderRows(training.images, pixels, Int32Array.from([...train, ...validation]));
  /** Images from `first` on, whose places among the published ones are `rows`. */
  const upload = ({ images, labels }: LabelledImages, first: number, rows: Int32Array): Split => ({
    inputs: fromLevels(images.subarray(first * pixels, (first + rows.length) * pixels), [rows.length, ...inputShape], table),
    labels: tf.tensor1d(
      Int32Array.from(rows, (row) => labels[row]!),
      'int32',
    ),
  });
  const everyTest = Int32Array.from({ length: testing.count }, (_, i) => i);
  const parts = {
    train: upload(training, 0, train.subarray(0, limit.train)),
    validation: upload(training, train.length, validation.subarray(0, limit.validation)),
    test: upload(testing, 0, everyTest.subarray(0, limit.test)),
  };
  return { ...parts, classes, inputShape, dispose: () => disposeSplits(parts) };
}

/** Releases the tensors of splits. */
export function disposeSplits(splits: Readonly<Record<string, Split>>): void {
  tf.dispose(Object.values(splits).map(({ inputs, labels, nodes }) => [inputs, labels, ...(nodes === undefined ? [] : [nodes])]));
}

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
