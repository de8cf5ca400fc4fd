import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/core';
import { device } from '@basinlab/core/random';

/** Size of the padding, and whether images are mirrored. */
export interface CropAndFlipOptions {
  /** Pixels by which an image may move in each direction. */
  readonly padding: number;
  /** What shows beyond its border, one number per channel: black, normalised as the images are. */
  readonly background: readonly number[];
}

/**
 * The augmentation of CIFAR: each image is mirrored left to right with probability 1/2, then moved by whole pixels drawn uniformly from
 * -padding to padding, rows and columns apart (a crop of the padded image). `(key int32 [2], images [batch, height, width, channels])` ->
 * the same shape; pixels are copied, never computed. A pure function of tensors: it runs inside `jit` and `vmap`.
 */
export function cropAndFlip({ padding, background }: CropAndFlipOptions): (key: Tensor, images: Tensor) => Tensor {
  demand(Number.isInteger(padding) && padding >= 0, 'cropAndFlip', 'a whole number of pixels of padding', padding);
  return (key, images) =>
    tf.tidy(() => {
      demand(
        images.rank === 4 && images.shape[3] === background.length,
        'cropAndFlip',
        `images [batch, height, width, ${background.length}]`,
        images.shape,
      );
      const [batch, height, width, channels] = images.shape as [number, number, number, number];
      const moves = device.randomInt(device.childKey(key, 'crop'), [batch, 2], 0, 2 * padding + 1);
      const flips = device.bernoulli(device.childKey(key, 'flip'), [batch, 1], 0.5);
      const [down, right] = tf.split(tf.sub(moves, int(padding)), 2, 1) as [Tensor, Tensor];
      const row = tf.add(down, tf.range(0, height, 1, 'int32')); // [batch, height]
      const column = tf.add(right, tf.range(0, width, 1, 'int32')); // [batch, width]
      const mirrored = tf.where(flips, tf.sub(int(width - 1), column), column);
      const inside = tf.logicalAnd(tf.expandDims(within(row, height), 2), tf.expandDims(within(column, width), 1));
      const image = tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1]);
      const line = tf.mul(tf.add(tf.mul(image, int(height)), clamp(row, height)), int(width));
      const from = tf.add(tf.expandDims(line, 2), tf.expandDims(clamp(mirrored, width), 1)); // [batch, height, width]
      const pixels = tf.gather(
        tf.reshape(images, [batch * height * width, channels]),
        tf.reshape(from, [batch * height * width]) as tf.Tensor1D,
      );
      return tf.where(tf.expandDims(inside, 3), tf.reshape(pixels, images.shape), tf.tensor(background.map(Math.fround)));
    });
}

const int = (value: number): Tensor => tf.scalar(value, 'int32');
const within = (at: Tensor, length: number): Tensor => tf.logicalAnd(tf.greaterEqual(at, int(0)), tf.less(at, int(length)));
const clamp = (at: Tensor, length: number): Tensor => tf.minimum(tf.maximum(at, int(0)), int(length - 1));
