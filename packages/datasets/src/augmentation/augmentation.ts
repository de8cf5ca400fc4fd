import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { device } from '@basinlab/core/random';
import { z } from 'zod';
import { normalizedLevel, type Normalization } from '../images/normalize-images.js';
import { autoAugment } from './auto-augment.js';
import { colorJitter } from './color-jitter.js';
import { cropAndFlip } from './crop-and-flip.js';
import { resizedCrop } from './resized-crop.js';

const strength = z.number().nonnegative().default(0);
const share = z.number().gt(0).max(1);

/** Options of data sets of coloured images whose batches change at random. */
export const augmentationOptions = {
  /** Operations found on a data set, two for every image: see `autoAugment`. Default: none. */
  autoAugment: z.enum(['imagenet', 'cifar10']).optional(),
  /** Changes of brightness, contrast, saturation and hue: see `colorJitter`. Default: none. */
  colorJitter: z
    .strictObject({ brightness: strength, contrast: strength, saturation: strength, hue: z.number().min(0).max(0.5).default(0) })
    .optional(),
  /** A part of the image in place of one that is moved: see `resizedCrop`. Default: moved. */
  resizedCrop: z
    .strictObject({
      scale: z.tuple([share, share]).default([0.08, 1]),
      ratio: z.tuple([z.number().positive(), z.number().positive()]).default([3 / 4, 4 / 3]),
    })
    .optional(),
};
type AugmentationOptions = z.output<z.ZodObject<typeof augmentationOptions>>;

/** What training does with every batch: crops, then mirrors, then AutoAugment, then changes of colours. */
export function augmentationOf(
  { autoAugment: policy, colorJitter: jitter, resizedCrop: crop }: AugmentationOptions,
  { padding, normalization }: { readonly padding: number; readonly normalization: Normalization },
): (key: Tensor, images: Tensor) => Tensor {
  const background = normalization.mean.map((_, channel) => normalizedLevel(normalization, channel, 0));
  const part = crop === undefined ? undefined : resizedCrop(crop);
  const move = cropAndFlip({ padding: part === undefined ? padding : 0, background });
  const automatic = policy === undefined ? undefined : autoAugment(policy, normalization);
  const color = jitter === undefined ? undefined : colorJitter(jitter, normalization);
  return (key, images) =>
    tf.tidy(() => {
      const cut = part === undefined ? images : part(device.childKey(key, 'resizedCrop'), images);
      const moved = move(key, cut);
      const changed = automatic === undefined ? moved : automatic(device.childKey(key, 'autoAugment'), moved);
      return color === undefined ? changed : color(device.childKey(key, 'colorJitter'), changed);
    });
}
