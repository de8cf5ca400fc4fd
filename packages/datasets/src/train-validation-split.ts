import { demand } from '@basinlab/core';
import { torchPermutation } from '@basinlab/core/random';

/** Rows for training and rows kept for validation. */
export interface TrainValidationSplit {
  /** Positions in the original training set, in the order of the split. */
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Splits `total` samples at random: floor(total * fraction) for validation, the rest for training. The same split as PyTorch's `random_split`
 * with a generator seeded `seed`: the training set comes first in its permutation. Defaults: those of arXiv 2606.04754.
 */
export function trainValidationSplit(total: number, fraction = 0.1, seed = 42): TrainValidationSplit {
  demand(fraction >= 0 && fraction <= 1, 'trainValidationSplit', 'a fraction in [0, 1]', fraction);
  const order = torchPermutation(total, seed);
  const trainSize = total - Math.floor(total * fraction);
  return { train: order.slice(0, trainSize), validation: order.slice(trainSize) };
}
