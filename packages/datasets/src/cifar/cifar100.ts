import type { Dataset } from '@basinlab/core';
import { z } from 'zod';
import { CIFAR100_FILES } from './files.js';
import { cifarOptions, makeCifar } from './make-cifar.js';

const options = z.strictObject({
  ...cifarOptions,
  /** The 100 classes, or the 20 groups that they belong to. */
  labels: z.enum(['fine', 'coarse']).default('fine'),
});

/** Options of `cifar100`. */
export type Cifar100Options = z.output<typeof options>;

/**
 * Photographs of a hundred kinds of things in twenty groups: 50,000 images for training and validation, 10,000 for testing, 32 x 32 colours,
 * normalised per channel in float32. Krizhevsky 2009; constants of arXiv 2606.04754.
 */
export const cifar100: Dataset<Cifar100Options> = makeCifar({
  id: 'cifar100',
  summary: 'Photographs, 32 x 32 in colour, 100 classes or 20 groups (50,000 train and validation, 10,000 test)',
  options,
  files: CIFAR100_FILES,
  normalization: { mean: [0.5068, 0.4863, 0.4408], deviation: [0.2672, 0.2564, 0.276] },
  labels: ({ labels }) => ({ classes: [20, 100], read: labels === 'fine' ? 1 : 0 }),
});
