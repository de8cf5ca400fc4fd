import { parseIdx } from './parse-idx.js';
import type { KnownFile } from '../files/known-file.js';
import { readKnownFile } from '../files/read-known-file.js';
import type { ReadKnownFileOptions } from '../files/read-known-file.js';
import { pairedIdx } from '../images/labelled-images.js';
import type { LabelledImages } from '../images/labelled-images.js';

/** The four files of a set in the layout of MNIST. */
export interface IdxFiles {
  readonly trainImages: KnownFile;
  readonly trainLabels: KnownFile;
  readonly testImages: KnownFile;
  readonly testLabels: KnownFile;
}

/** Reads the training and the test images of a folder with four IDX files, gzipped or not. */
export async function readIdxImages(
  directory: string,
  files: IdxFiles,
  classes: number,
  options: ReadKnownFileOptions,
): Promise<{ training: LabelledImages; testing: LabelledImages }> {
  const read = async (file: KnownFile) => parseIdx(await readKnownFile(directory, file, options), `${options.set}/${file.name}`);
  return {
    training: pairedIdx(options.set, await read(files.trainImages), await read(files.trainLabels), classes),
    testing: pairedIdx(options.set, await read(files.testImages), await read(files.testLabels), classes),
  };
}
