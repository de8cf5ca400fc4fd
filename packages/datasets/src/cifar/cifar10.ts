import type { Dataset } from '@basinlab/core';
import { z } from 'zod';
import { CIFAR10_FILES } from './files.js';
import { cifarOptions, makeCifar } from './make-cifar.js';
import type { CifarOptions } from './make-cifar.js';

/**
 * Photographs of ten kinds of things: 50,000 images for training and validation, 10,000 for testing, 32 x 32 colours, normalised per channel in
 * float32 with the means and deviations of the 45,000 images that are trained on. Krizhevsky 2009; constants of arXiv 2606.04754.
 */
export const cifar10: Dataset<CifarOptions> = makeCifar({
  id: 'cifar10',
  summary: 'Photographs, 32 x 32 in colour, 10 classes (50,000 train and validation, 10,000 test)',
  options: z.strictObject(cifarOptions),
  files: CIFAR10_FILES,
  normalization: { mean: [0.4917, 0.4823, 0.4467], deviation: [0.2471, 0.2435, 0.2616] },
  labels: () => ({ classes: [10], read: 0 }),
});
