import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { demand, type Dataset } from '@basinlab/core';
import { z } from 'zod';
import { onInputs } from '../augmentation/on-inputs.js';
import { augmentationOf, augmentationOptions } from '../augmentation/augmentation.js';
import { datasetFolder } from '../files/dataset-folder.js';
import { imageOptions } from '../images/image-options.js';
import type { LabelledImages } from '../images/labelled-images.js';
import { loadImages } from '../images/load-images.js';
import type { Normalization } from '../images/normalize-images.js';
import { readImageFolder } from './read-image-folder.js';

const options = z.strictObject({
  /** Holds `train` and `test`, each with a folder of images for each class. */
  folder: z.string(),
  /** Pixels by which training moves images at random, mirroring them too (`cropAndFlip`); 0 leaves them as they are, unless the next two change them. */
  padding: z.number().int().nonnegative().default(4),
  ...augmentationOptions,
  validationFraction: imageOptions.validationFraction,
  splitSeed: imageOptions.splitSeed,
  limit: imageOptions.limit,
});
/** Options of `image-folder`. */
export type ImageFolderOptions = z.output<typeof options>;

/**
 * Your own images in torchvision's layout, `train/<class>/*.png|jpg` and `test/<class>/*.png|jpg`, all of one size. Inputs are [samples, height, width, 3],
 * normalised by mean and deviation of the training images; classes are numbered in the order of their names.
 */
export const imageFolder: Dataset<ImageFolderOptions> = {
  id: 'image-folder',
  summary: 'Your own images, PNG or JPEG: train/<class>/ and test/<class>/, all of one size',
  options,
  status: () => Promise.resolve({ available: true, where: 'the folder that options.folder names' }),
  async load({ folder, padding, ...asked }) {
    const places = ['train', 'test'].map((part) => join(folder, part));
    for (const place of places) demand(existsSync(place), place, 'a folder with a folder for each class', 'none');
    const cache = datasetFolder('image-folder');
    const [training, testing] = [await readImageFolder(places[0]!, cache), await readImageFolder(places[1]!, cache)];
    const { classes } = training;
    demand(
      testing.classes.join('\0') === classes.join('\0'),
      places[1]!,
      `the classes of train: ${classes.join(', ')}`,
      testing.classes.join(', '),
    );
    const normalization = normalizationOf(training.images);
    const data = loadImages(
      { set: folder, classes: classes.length, normalization, training: training.images, testing: testing.images },
      { ...asked, flatten: false },
    );
    const isChanged = padding > 0 || asked.autoAugment !== undefined || asked.colorJitter !== undefined || asked.resizedCrop !== undefined;
    return isChanged ? { ...data, augment: onInputs(augmentationOf(asked, { padding, normalization })) } : data;
  },
};

/** Mean and deviation of each channel over all pixels, of levels in [0, 1]; a channel that is the same everywhere has deviation 1. */
function normalizationOf({ images, shape: [, , channels] }: LabelledImages): Normalization {
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let at = 0; at < images.length; at++) counts[at % channels]![images[at]!]!++;
  const pixels = images.length / channels;
  const mean = counts.map((count) => count.reduce((sum, n, level) => sum + n * level, 0) / pixels / 255);
  const deviation = counts.map((count, channel) => {
    const square = count.reduce((sum, n, level) => sum + n * (level / 255 - mean[channel]!) ** 2, 0) / pixels;
    return square === 0 ? 1 : Math.sqrt(square);
  });
  return { mean, deviation };
}
