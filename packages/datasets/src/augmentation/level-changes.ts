import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { scatterAdd } from '@basinlab/core';
import { greyOf } from './color-jitter.js';

// What AutoAugment does to images of 8-bit levels, as torchvision's functions for uint8 tensors do it: whole numbers from 0 to 255 as float32,
// [batch, height, width, 3], and a magnitude for each image, [batch, 1, 1, 1].

/** Names of the operations, as in torchvision. */
export const levelChangeNames = [
  ...(['ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Rotate', 'Brightness', 'Color', 'Contrast', 'Sharpness', 'Posterize'] as const),
  ...(['Solarize', 'AutoContrast', 'Equalize', 'Invert'] as const),
] as const;
/** See {@link levelChangeNames}. */
export type LevelChange = (typeof levelChangeNames)[number];

/** A change of images by a magnitude for each. */
type Change = (x: Tensor, by: Tensor) => Tensor;

/** Levels are cut, not rounded, where torchvision casts to bytes. */
const toLevels = (x: Tensor): Tensor => tf.floor(tf.clipByValue(x, 0, 255));
const blend = (x: Tensor, other: Tensor, by: Tensor): Tensor => toLevels(tf.add(tf.mul(x, tf.add(1, by)), tf.mul(other, tf.neg(by))));
const grey = (x: Tensor): Tensor => tf.floor(greyOf(x));

/** The operations by name. Rotations are in degrees, translations in pixels, shears in pixels per pixel; others as in torchvision. */
export const levelChanges: Readonly<Record<LevelChange, Change>> = {
  ShearX: (x, by) => sampled(x, ({ row, column }) => ({ row, column: tf.add(column, tf.mul(by, tf.add(row, 0.5))) })),
  ShearY: (x, by) => sampled(x, ({ row, column }) => ({ column, row: tf.add(row, tf.mul(by, tf.add(column, 0.5))) })),
  TranslateX: (x, by) => sampled(x, ({ row, column }) => ({ row, column: tf.sub(column, whole(by)) })),
  TranslateY: (x, by) => sampled(x, ({ row, column }) => ({ column, row: tf.sub(row, whole(by)) })),
  Rotate: (x, by) => {
    const [cosine, sine] = [tf.cos(tf.mul(by, Math.PI / 180)), tf.sin(tf.mul(by, Math.PI / 180))];
    const [bottom, right] = [(x.shape[1]! - 1) / 2, (x.shape[2]! - 1) / 2];
    return sampled(x, ({ row, column }) => {
      const [down, across] = [tf.sub(row, bottom), tf.sub(column, right)];
      return {
        row: tf.add(tf.add(tf.mul(sine, across), tf.mul(cosine, down)), bottom),
        column: tf.add(tf.sub(tf.mul(cosine, across), tf.mul(sine, down)), right),
      };
    });
  },
  Brightness: (x, by) => toLevels(tf.mul(x, tf.add(1, by))),
  Color: (x, by) => blend(x, grey(x), by),
  Contrast: (x, by) => blend(x, tf.mean(grey(x), [1, 2, 3], true), by),
  Sharpness: (x, by) => blend(x, smoothed(x), by),
  Posterize: (x, by) => {
    const step = tf.pow(2, tf.sub(8, whole(by)));
    return tf.mul(tf.floor(tf.div(x, step)), step);
  },
  Solarize: (x, by) => tf.where(tf.greaterEqual(x, by), tf.sub(255, x), x),
  AutoContrast: (x) => {
    const [least, most] = [tf.min(x, [1, 2], true), tf.max(x, [1, 2], true)];
    const range = tf.sub(most, least);
    const isFlat = tf.equal(range, 0);
    const scale = tf.div(255, tf.where(isFlat, tf.onesLike(range), range));
    return tf.where(isFlat, x, toLevels(tf.mul(tf.sub(x, least), scale)));
  },
  Equalize: (x) => equalized(x),
  Invert: (x) => tf.sub(255, x),
};

/** Without what is behind the point. */
const whole = (x: Tensor): Tensor => tf.mul(tf.sign(x), tf.floor(tf.abs(x)));

interface Places {
  /** Of pixels, broadcast to [batch, height, width, 1]. */
  readonly row: Tensor;
  readonly column: Tensor;
}

/** Every pixel from the one that lies nearest to a place; black where that is outside. */
function sampled(x: Tensor, from: (place: Places) => Places): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const place = from({
    row: tf.reshape(tf.range(0, height, 1, 'float32'), [1, height, 1, 1]),
    column: tf.reshape(tf.range(0, width, 1, 'float32'), [1, 1, width, 1]),
  });
  const all = (at: Tensor): Tensor => tf.round(tf.add(at, tf.zeros([batch, height, width, 1])));
  const [row, column] = [all(place.row), all(place.column)];
  const within = (at: Tensor, length: number): Tensor => tf.logicalAnd(tf.greaterEqual(at, 0), tf.less(at, length));
  const clamp = (at: Tensor, length: number): Tensor => tf.cast(tf.clipByValue(at, 0, length - 1), 'int32');
  const int = (value: number): Tensor => tf.scalar(value, 'int32');
  const image = tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1, 1, 1]);
  const line = tf.add(tf.mul(image, int(height)), clamp(row, height));
  const index = tf.add(tf.mul(line, int(width)), clamp(column, width));
  const pixels = tf.gather(tf.reshape(x, [batch * height * width, channels]), tf.reshape(index, [-1]) as tf.Tensor1D);
  return tf.where(tf.logicalAnd(within(row, height), within(column, width)), tf.reshape(pixels, x.shape), tf.scalar(0));
}

/** Means over 3 x 3 pixels, of which the middle counts five times, rounded; the border as it is. */
function smoothed(x: Tensor): Tensor {
  const [, height, width] = x.shape as [number, number, number];
  if (height <= 2 || width <= 2) return x;
  const part = (down: number, right: number): Tensor => tf.slice(x, [0, down, right, 0], [-1, height - 2, width - 2, -1]);
  const around = [0, 1, 2].flatMap((down) => [0, 1, 2].map((right) => part(down, right)));
  const middle = part(1, 1);
  const mean = tf.round(tf.div(tf.add(tf.addN(around), tf.mul(middle, 4)), 13));
  const inner = tf.pad(tf.sub(mean, middle), [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  return tf.add(x, inner);
}

const LEVELS = 256;

/** Levels spread so that they occur about equally often, in every channel apart. */
function equalized(x: Tensor): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [groups, pixels] = [batch * channels, height * width];
  const flat = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [groups, pixels]);
  const group = tf.reshape(tf.range(0, groups, 1, 'int32'), [groups, 1]);
  const index = tf.reshape(tf.add(tf.mul(group, tf.scalar(LEVELS, 'int32')), tf.cast(flat, 'int32')), [-1]) as tf.Tensor1D;
  const counts = tf.reshape(scatterAdd(tf.zeros([groups * LEVELS]), index, tf.ones([groups * pixels])), [groups, LEVELS]);
  // Of pixels below every level.
  const below = tf.cumsum(counts, 1, true);
  const belowMost = tf.sum(tf.cast(tf.less(flat, tf.max(flat, 1, true)), 'float32'), 1, true);
  const step = tf.floor(tf.div(belowMost, 255));
  const divisor = tf.maximum(step, 1);
  const table = tf.clipByValue(tf.floor(tf.div(tf.add(below, tf.floor(tf.div(step, 2))), divisor)), 0, 255);
  const spread = tf.reshape(tf.gather(tf.reshape(table, [-1]), index), [groups, pixels]);
  const chosen = tf.where(tf.equal(step, 0), flat, spread);
  return tf.transpose(tf.reshape(chosen, [batch, channels, height, width]), [0, 2, 3, 1]);
}
