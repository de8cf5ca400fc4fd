import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/core';
import { device } from '@basinlab/core/random';

/** Bounds of the crops. */
export interface ResizedCropOptions {
  /** Least and greatest share of the area. Default 0.08 and 1. */
  readonly scale?: readonly [number, number];
  /** Least and greatest width over height. Default 3/4 and 4/3. */
  readonly ratio?: readonly [number, number];
}

/** Crops that are drawn at most until one fits into the image; then the largest in the middle is taken. */
const attempts = 10;

/**
 * A random part of every image, enlarged to the whole size by bilinear interpolation, as torchvision's `RandomResizedCrop`: `(key int32 [2], images [batch, height,
 * width, channels])` -> the same shape. A pure function of tensors: it runs inside `jit` and `vmap`.
 * @throws BasinlabError for bounds that are no shares in (0, 1], or no ratios above 0, in order
 */
export function resizedCrop({ scale = [0.08, 1], ratio = [3 / 4, 4 / 3] }: ResizedCropOptions = {}): (
  key: Tensor,
  images: Tensor,
) => Tensor {
  const valid = scale[0] > 0 && scale[0] <= scale[1] && scale[1] <= 1 && ratio[0] > 0 && ratio[0] <= ratio[1];
  demand(valid, 'resizedCrop', 'shares of the area in (0, 1] and ratios above 0, each in order', { scale, ratio });
  return (key, images) =>
    tf.tidy(() => {
      demand(images.rank === 4, 'resizedCrop', 'images [batch, height, width, channels]', images.shape);
      const [batch, height, width] = images.shape as [number, number, number];
      const draw = (name: string, low: number, high: number, count: number): Tensor =>
        device.uniform(device.childKey(key, name), [batch, count], { min: low, max: high });
      const area = tf.mul(draw('area', scale[0], scale[1], attempts), height * width);
      const shape = tf.exp(draw('ratio', Math.log(ratio[0]), Math.log(ratio[1]), attempts));
      const rows = tf.round(tf.sqrt(tf.div(area, shape)));
      const columns = tf.round(tf.sqrt(tf.mul(area, shape)));
      const fits = tf.cast(
        tf.logicalAnd(
          tf.logicalAnd(tf.greater(rows, 0), tf.lessEqual(rows, height)),
          tf.logicalAnd(tf.greater(columns, 0), tf.lessEqual(columns, width)),
        ),
        'float32',
      );
      // The first that fits: 1 there, 0 elsewhere.
      const first = tf.mul(fits, tf.cast(tf.equal(tf.cumsum(fits, 1), 1), 'float32'));
      const found = tf.sum(first, 1, true);
      const chosen = (values: Tensor, otherwise: number): Tensor =>
        tf.add(tf.sum(tf.mul(values, first), 1, true), tf.mul(tf.sub(1, found), otherwise));
      const [fallbackRows, fallbackColumns] = middleOf(height, width, ratio);
      const [h, w] = [chosen(rows, fallbackRows), chosen(columns, fallbackColumns)];
      const placed = (name: string, free: Tensor): Tensor =>
        tf.where(tf.greater(found, 0), tf.floor(tf.mul(draw(name, 0, 1, 1), tf.add(free, 1))), tf.floor(tf.div(free, 2)));
      const [top, left] = [placed('top', tf.sub(height, h)), placed('left', tf.sub(width, w))];
      return sample(images, { start: top, length: h }, { start: left, length: w });
    });
}

/** Sides of the largest part with an allowed ratio. */
function middleOf(height: number, width: number, [low, high]: readonly [number, number]): readonly [number, number] {
  const own = width / height;
  if (own < low) return [Math.min(height, Math.round(width / low)), width];
  return own > high ? [height, Math.min(width, Math.round(height * high))] : [height, width];
}

interface Span {
  /** [batch, 1] each. */
  readonly start: Tensor;
  readonly length: Tensor;
}

/** The part of every image between spans of its rows and columns, at the size of the whole: pixel centres are mapped to pixel centres. */
function sample(images: Tensor, vertical: Span, horizontal: Span): Tensor {
  const [, height, width] = images.shape as [number, number, number];
  const along = ({ start, length }: Span, size: number): Tensor => {
    const within = tf.sub(tf.mul(tf.add(tf.range(0, size, 1, 'float32'), 0.5), tf.div(length, size)), 0.5); // [batch, size]
    // Nothing outside the part is seen.
    const inside = tf.minimum(tf.maximum(within, 0), tf.sub(length, 1));
    return weightsAt(tf.add(start, inside), size);
  };
  // [batch, size, size] matrices that mix rows, and columns.
  const down = tf.einsum('bij,bjwc->biwc', along(vertical, height), images);
  return tf.einsum('bvw,biwc->bivc', along(horizontal, width), down);
}

/** Shares of the two neighbours of places [batch, size] among `size`: [batch, size, size]. */
function weightsAt(places: Tensor, size: number): Tensor {
  const distance = tf.abs(tf.sub(tf.expandDims(places, 2), tf.range(0, size, 1, 'float32')));
  return tf.relu(tf.sub(1, distance));
}
