import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { jit, vmap } from '@basinlab/core';
import { device, keyFromSeed, split } from '@basinlab/core/random';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { cropAndFlip } from '../index.js';

beforeAll(() => tf.setBackend('cpu'));

const [height, width, channels] = [5, 6, 2];
const background = [-1, -2];
/** Each pixel tells where it was: 1 + row * width + column, and 1000 more in the second channel. */
const pixel = (y: number, x: number, channel: number): number =>
  y < 0 || y >= height || x < 0 || x >= width ? background[channel]! : 1 + y * width + x + 1000 * channel;
const located = (batch: number): Tensor =>
  tf.tensor4d(
    Array.from({ length: batch * height * width * channels }, (_, i) => {
      const at = Math.floor(i / channels) % (height * width);
      return pixel(Math.floor(at / width), at % width, i % channels);
    }),
    [batch, height, width, channels],
  );
const key = (seed: number): Tensor => device.keyTensor(keyFromSeed(seed));

/** The moves that explain an image, as `down,right,mirrored`. */
function explanations(image: number[][][], padding: number): string[] {
  const found: string[] = [];
  for (const mirrored of [0, 1]) {
    for (let down = -padding; down <= padding; down++) {
      for (let right = -padding; right <= padding; right++) {
        const fits = image.every((line, y) =>
          line.every((values, x) => {
            const column = x + right;
            return values.every((value, c) => value === pixel(y + down, mirrored === 1 ? width - 1 - column : column, c));
          }),
        );
        if (fits) found.push(`${down},${right},${mirrored}`);
      }
    }
  }
  return found;
}

describe('cropAndFlip', () => {
  test('every image is one moved and perhaps mirrored copy; all moves occur about equally often', () => {
    const counts = new Map<string, number>();
    const images = 3000;
    const out = tf.tidy(() => cropAndFlip({ padding: 2, background })(key(3), located(images)).arraySync()) as number[][][][];
    for (const image of out) {
      const [move, ...others] = explanations(image, 2);
      expect(others).toEqual([]);
      counts.set(move!, (counts.get(move!) ?? 0) + 1);
    }
    expect(counts.size).toBe(50);
    // Five standard deviations of a count of probability 1/50.
    const expected = images / 50;
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });
  test('without padding images are only mirrored', () => {
    const out = tf.tidy(() => cropAndFlip({ padding: 0, background })(key(4), located(40)).arraySync()) as number[][][][];
    const moves = out.map((image) => explanations(image, 0)[0]);
    expect(new Set(moves)).toEqual(new Set(['0,0,0', '0,0,1']));
  });
  test('keys decide; vmap over keys and images is a loop; jit is the same', async () => {
    const augment = cropAndFlip({ padding: 2, background });
    const keys = split(keyFromSeed(5), 3).map((one) => device.keyTensor(one));
    const images = tf.tidy(() => tf.stack([0, 1, 2].map((shift) => tf.add(located(4), shift))));
    const mapped = vmap(augment)(tf.stack(keys), images);
    const looped = tf.stack(keys.map((one, i) => augment(one, tf.gather(images, i))));
    const compiled = jit(augment);
    expect(await mapped.data()).toEqual(await looped.data());
    expect(await compiled(keys[0]!, tf.gather(images, 0)).data()).toEqual((await looped.data()).slice(0, 4 * height * width * channels));
    expect((await augment(keys[0]!, located(4)).data()).join()).not.toBe((await augment(keys[1]!, located(4)).data()).join());
    compiled.dispose();
  });
  test('leaves no tensor behind', () => {
    const [one, images] = [key(1), located(2)];
    const before = tf.memory().numTensors;
    cropAndFlip({ padding: 1, background })(one, images).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
  test('refuses other shapes', () => {
    expect(() => cropAndFlip({ padding: 1, background: [0, 0, 0] })(key(1), located(2))).toThrow(
      'cropAndFlip: images [batch, height, width, 3], got [2,5,6,2]',
    );
    expect(() => cropAndFlip({ padding: 0.5, background })).toThrow('cropAndFlip: a whole number of pixels of padding, got 0.5');
  });
});
