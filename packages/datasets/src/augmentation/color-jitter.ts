import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/core';
import { device } from '@basinlab/core/random';
import type { Normalization } from '../images/normalize-images.js';

/** How far each property of an image may change; 0 leaves it. */
export interface ColorJitterOptions {
  /** Factors are uniform on [max(0, 1 - b), 1 + b], and so for the next two. */
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
  /** Turns of the colour circle, uniform on [-h, h]; at most 1/2. */
  readonly hue?: number;
}

/** Weights of red, green and blue in torchvision's grey. */
const luma = [0.2989, 0.587, 0.114];

/** What each property is changed by: images [batch, height, width, 3] in [0, 1] and a number for each, [batch, 1, 1, 1]. */
export const colorChanges = {
  brightness: (x: Tensor, by: Tensor): Tensor => clip(tf.mul(x, by)),
  contrast: (x: Tensor, by: Tensor): Tensor => blend(x, tf.mean(greyOf(x), [1, 2], true), by),
  saturation: (x: Tensor, by: Tensor): Tensor => blend(x, greyOf(x), by),
  hue: (x: Tensor, by: Tensor): Tensor => turnHue(x, by),
} as const;

/**
 * Random brightness, contrast, saturation and hue of every image, in a random order, as torchvision's `ColorJitter` with pixels in [0, 1]: `(key int32 [2],
 * normalised images [batch, height, width, 3])` -> the same shape. A pure function of tensors: it runs inside `jit` and `vmap`.
 * @throws BasinlabError for a negative strength, or a hue above 1/2
 */
export function colorJitter(
  { brightness = 0, contrast = 0, saturation = 0, hue = 0 }: ColorJitterOptions,
  { mean, deviation }: Normalization,
): (key: Tensor, images: Tensor) => Tensor {
  const strengths = [brightness, contrast, saturation, hue];
  demand(strengths.every((strength) => strength >= 0) && hue <= 0.5, 'colorJitter', 'strengths of at least 0, hue at most 0.5', strengths);
  return (key, images) =>
    tf.tidy(() => {
      demand(
        images.rank === 4 && images.shape[3] === 3 && mean.length === 3,
        'colorJitter',
        'images [batch, height, width, 3]',
        images.shape,
      );
      const batch = images.shape[0]!;
      const [scale, shift] = [tf.tensor1d([...deviation]), tf.tensor1d([...mean])];
      const draw = (name: string, low: number, high: number): Tensor =>
        tf.reshape(device.uniform(device.childKey(key, name), [batch], { min: low, max: high }), [batch, 1, 1, 1]);
      const factor = (name: string, strength: number): Tensor => draw(name, Math.max(0, 1 - strength), 1 + strength);
      const factors = [
        factor('brightness', brightness),
        factor('contrast', contrast),
        factor('saturation', saturation),
        draw('hue', -hue, hue),
      ];
      const changes = Object.values(colorChanges);
      const used = [...changes.keys()].filter((which) => strengths[which]! > 0);
      // A random order of each image: where its numbers of the changes stand, smallest first.
      const places = device.uniform(device.childKey(key, 'order'), [batch, Math.max(1, used.length)]);
      const rank = tf.sum(tf.cast(tf.less(tf.expandDims(places, 1), tf.expandDims(places, 2)), 'int32'), 2); // [batch, used]
      let x = clip(tf.add(tf.mul(images, scale), shift));
      for (const turn of used.keys()) {
        const isNow = used.map((_, at) =>
          tf.reshape(tf.equal(tf.slice(rank, [0, at], [batch, 1]), tf.scalar(turn, 'int32')), [batch, 1, 1, 1]),
        );
        const before = x;
        used.forEach((which, at) => (x = tf.where(isNow[at]!, changes[which]!(before, factors[which]!), x)));
      }
      return tf.div(tf.sub(x, shift), scale);
    });
}

const clip = (x: Tensor): Tensor => tf.clipByValue(x, 0, 1);
const blend = (x: Tensor, other: Tensor, share: Tensor): Tensor => clip(tf.add(tf.mul(x, share), tf.mul(other, tf.sub(1, share))));
/** Torchvision's grey, [..., 1] of [..., 3]. */
export const greyOf = (x: Tensor): Tensor => tf.sum(tf.mul(x, tf.tensor1d(luma)), -1, true);

/** Colours turned by a share of the circle, through hue, saturation and value. */
function turnHue(x: Tensor, by: Tensor): Tensor {
  const [red, green, blue] = tf.split(x, 3, 3) as [Tensor, Tensor, Tensor];
  const [most, least] = [tf.max(x, 3, true), tf.min(x, 3, true)];
  const range = tf.sub(most, least);
  // Grey has no hue: any will do.
  const safe = tf.where(tf.greater(range, 0), range, tf.onesLike(range));
  const [r, g, b] = [red, green, blue].map((channel) => tf.div(tf.sub(most, channel), safe)) as [Tensor, Tensor, Tensor];
  const sixth = tf.where(
    tf.equal(most, red),
    tf.sub(b, g),
    tf.where(tf.equal(most, green), tf.add(tf.sub(r, b), 2), tf.add(tf.sub(g, r), 4)),
  );
  const turned = tf.add(tf.div(sixth, 6), by);
  const hue = tf.mul(tf.sub(turned, tf.floor(turned)), 6);
  // Each channel is the value less its distance from where it is brightest: flat for two sixths, then a slope.
  const channel = (offset: number): Tensor => {
    const place = tf.add(hue, offset);
    const k = tf.sub(place, tf.mul(6, tf.floor(tf.div(place, 6))));
    const slope = tf.clipByValue(tf.minimum(k, tf.sub(4, k)), 0, 1);
    return tf.sub(most, tf.mul(range, slope));
  };
  return tf.concat([channel(5), channel(3), channel(1)], 3);
}
