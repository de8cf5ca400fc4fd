import type { Tensor } from '@tensorflow/tfjs-core';
import type { LoadedDataset } from '@basinlab/core';

/** A random change of inputs as one of batches, whose labels stay: what `LoadedDataset.augment` is for images. */
export const onInputs =
  (change: (key: Tensor, inputs: Tensor) => Tensor): NonNullable<LoadedDataset['augment']> =>
  (key, { inputs, labels }) => ({ inputs: change(key, inputs), labels });
