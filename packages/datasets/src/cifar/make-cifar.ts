import type { Dataset } from '@basinlab/core';
import { z } from 'zod';
import { onInputs } from '../augmentation/on-inputs.js';
import { augmentationOf, augmentationOptions } from '../augmentation/augmentation.js';
import { datasetFolder } from '../files/dataset-folder.js';
import { imageOptions } from '../images/image-options.js';
import { loadImages } from '../images/load-images.js';
import type { Normalization } from '../images/normalize-images.js';
import type { CifarFiles } from './files.js';
import type { CifarLabels } from './parse-cifar.js';
import { findCifar, readCifar } from './read-cifar.js';

const PADDING = 4;

export const cifarOptions = {
  /** The published archive, or a folder with it or with its unpacked files. Default: where `basinlab data fetch` puts them. */
  directory: z.string().optional(),
  /** Whether training moves and mirrors the images of each batch (`cropAndFlip`), and changes them as the next two say. */
  augment: z.boolean().default(true),
  ...augmentationOptions,
  ...imageOptions,
};

/** Options of `cifar10`. */
export type CifarOptions = z.output<z.ZodObject<typeof cifarOptions>>;

export interface CifarSet<O extends CifarOptions> {
  readonly id: string;
  readonly summary: string;
  readonly options: z.ZodType<O>;
  readonly files: CifarFiles;
  readonly normalization: Normalization;
  labels(options: O): CifarLabels;
}

/** A data set in the binary format of CIFAR. Inputs are [samples, 32, 32, 3]. */
export function makeCifar<O extends CifarOptions>({ id, summary, options, files, normalization, labels }: CifarSet<O>): Dataset<O> {
  const remedy = `Run \`npx basinlab data fetch ${id}\`, or set options.directory to ${files.archive.name} or the folder with its unpacked files`;
  return {
    id,
    summary,
    options,
    async status() {
      const place = await findCifar(datasetFolder(id), files);
      return place === null ? { available: false, where: remedy } : { available: true, where: Object.values(place)[0] as string };
    },
    async load(asked) {
      const chosen = labels(asked);
      const { directory = datasetFolder(id), verify } = asked;
      const images = await readCifar(directory, files, chosen, { set: id, verify, remedy });
      const classes = chosen.classes[chosen.read]!;
      const data = loadImages({ set: id, classes, normalization, ...images }, { ...asked, flatten: false });
      return asked.augment ? { ...data, augment: onInputs(augmentationOf(asked, { padding: PADDING, normalization })) } : data;
    },
  };
}
