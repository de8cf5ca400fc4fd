import { beforeAll, describe, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { jit, vmap } from '@basinlab/core';
import { device, keyFromSeed, split } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { augmentationOf, augmentationOptions } from './augmentation.js';
import { colorChanges, colorJitter } from './color-jitter.js';
import { resizedCrop } from './resized-crop.js';

beforeAll(() => tf.setBackend('cpu'));

const key = (seed: number): tf.Tensor => device.keyTensor(keyFromSeed(seed));
const plain = { mean: [0, 0, 0], deviation: [1, 1, 1] };
const noise = (batch: number, size: number): tf.Tensor => device.uniform(key(9), [batch, size, size, 3]);

describe('colour jitter', () => {
  const fixture = z
    .object({
      image: z.array(z.number()),
      changes: z.array(
        z.object({ name: z.enum(['brightness', 'contrast', 'saturation', 'hue']), by: z.number(), image: z.array(z.number()) }),
      ),
    })
    .parse(JSON.parse(readFileSync(new URL('../fixtures/torchvision-color-changes.json', import.meta.url), 'utf8')));

  test.each(fixture.changes.map(({ name, by, image }) => [name, by, image] as const))(
    '%s by %d is that of torchvision',
    (name, by, expected) => {
      const found = colorChanges[name](tf.tensor4d(fixture.image, [1, 2, 3, 3]), tf.reshape(tf.scalar(by), [1, 1, 1, 1]));
      expectAllclose(found, tf.tensor4d(expected, [1, 2, 3, 3]), { rtol: 0, atol: 2e-5 });
    },
  );

  test('draws a factor for each image within its bounds, on normalised images too', () => {
    const normalization = { mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.25] };
    const grey = tf.fill([400, 1, 1, 3], 0.25);
    const normal = tf.div(tf.sub(grey, tf.tensor1d(normalization.mean)), tf.tensor1d(normalization.deviation));
    const out = colorJitter({ brightness: 0.4 }, normalization)(key(1), normal);
    const back = tf.add(tf.mul(out, tf.tensor1d(normalization.deviation)), tf.tensor1d(normalization.mean));
    const factors = tf.div(tf.slice(back, [0, 0, 0, 0], [400, 1, 1, 1]), 0.25).dataSync() as Float32Array;
    const mean = factors.reduce((sum, factor) => sum + factor, 0) / 400;
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.5999);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.4001);
    expect(Math.abs(mean - 1)).toBeLessThan((5 * 0.8) / Math.sqrt(12 * 400));
    expect(new Set(factors).size).toBeGreaterThan(390);
  });

  test('all four in a random order: two orders of contrast and brightness occur, each of them by half', () => {
    // Brightness of 2 clips what contrast 0 would have made grey first: the order shows.
    const images = tf.tile(tf.tensor4d([0.9, 0.9, 0.9, 0.1, 0.1, 0.1], [1, 1, 2, 3]), [300, 1, 1, 1]);
    const out = colorJitter({ brightness: 0.8, contrast: 0.8 }, plain)(key(2), images);
    const [bright, contrast] = ['brightness', 'contrast'].map((name) =>
      tf.reshape(device.uniform(device.childKey(key(2), name), [300], { min: 0.2, max: 1.8 }), [300, 1, 1, 1]),
    );
    const first = colorChanges.contrast(colorChanges.brightness(images, bright!), contrast!);
    const second = colorChanges.brightness(colorChanges.contrast(images, contrast!), bright!);
    const distances = [first, second].map((each) => tf.max(tf.abs(tf.sub(out, each)), [1, 2, 3]).dataSync());
    const isOne = Array.from({ length: 300 }, (_, i) => Math.min(distances[0]![i]!, distances[1]![i]!) < 1e-5);
    expect(isOne.every(Boolean)).toBe(true);
    const differ = [...distances[0]!.keys()].filter((i) => Math.max(distances[0]![i]!, distances[1]![i]!) > 1e-3);
    const share = differ.filter((i) => distances[0]![i]! < 1e-5).length / differ.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / differ.length));
  });

  test('leaves images as they are with no strength, and refuses what is none', () => {
    const images = noise(3, 4);
    expectAllclose(colorJitter({}, plain)(key(3), images), images, { rtol: 0, atol: 1e-6 });
    expect(() => colorJitter({ hue: 0.6 }, plain)).toThrow('hue at most 0.5');
    expect(() => colorJitter({ contrast: 1 }, { mean: [0], deviation: [1] })(key(1), tf.zeros([1, 2, 2, 1]))).toThrow(
      '[batch, height, width, 3]',
    );
  });
});

describe('resized crop', () => {
  test('of the whole is the image', () => {
    const images = noise(2, 6);
    expectAllclose(resizedCrop({ scale: [1, 1], ratio: [1, 1] })(key(1), images), images, { rtol: 0, atol: 1e-6 });
  });

  test('shows a part of a share and a ratio within the bounds, anywhere, enlarged to the whole size', () => {
    const [batch, size] = [400, 32];
    // Pixels say where they are, which bilinear interpolation keeps.
    const place = tf.range(0, size, 1, 'float32');
    const rows = tf.tile(tf.reshape(place, [1, size, 1, 1]), [batch, 1, size, 1]);
    const columns = tf.tile(tf.reshape(place, [1, 1, size, 1]), [batch, size, 1, 1]);
    const out = resizedCrop({ scale: [0.2, 0.6], ratio: [0.8, 1.25] })(key(4), tf.concat([rows, columns], 3)).arraySync() as number[][][][];
    const tops = new Set<number>();
    for (const image of out) {
      // Between two rows in the middle lies the step, height over size.
      const step = (channel: number) =>
        channel === 0 ? image[17]![16]![0]! - image[16]![16]![0]! : image[16]![17]![1]! - image[16]![16]![1]!;
      const [height, width] = [Math.round(step(0) * size), Math.round(step(1) * size)];
      const share = (height * width) / size ** 2;
      expect(share).toBeGreaterThan(0.2 - 2 / size);
      expect(share).toBeLessThan(0.6 + 2 / size);
      expect(width / height).toBeGreaterThan(0.8 - 0.1);
      expect(width / height).toBeLessThan(1.25 + 0.12);
      const [top, bottom] = [image[0]![0]![0]!, image[size - 1]![0]![0]!];
      expect(top).toBeGreaterThanOrEqual(0);
      expect(bottom).toBeLessThanOrEqual(size - 1 + 1e-4);
      expect(Math.abs(bottom - top - (height - 1))).toBeLessThan(0.01);
      tops.add(Math.round(top));
    }
    expect(tops.size).toBeGreaterThan(8);
  });

  test('takes the middle where no part fits, and refuses what are no bounds', () => {
    // As wide as four times its height it fits only into what is wide.
    const place = tf.tile(tf.reshape(tf.range(0, 8, 1, 'float32'), [1, 8, 1, 1]), [1, 1, 8, 1]);
    const out = resizedCrop({ scale: [1, 1], ratio: [4, 4] })(key(5), place).arraySync() as number[][][][];
    expect(out[0]![0]![0]![0]).toBeCloseTo(3);
    expect(out[0]![7]![0]![0]).toBeCloseTo(4);
    expect(() => resizedCrop({ scale: [0, 1] })).toThrow('shares of the area');
  });
});

describe('all together', () => {
  const options = z
    .strictObject(augmentationOptions)
    .parse({ colorJitter: { brightness: 0.4, hue: 0.1 }, resizedCrop: { scale: [0.8, 1] } });
  const augment = augmentationOf(options, { padding: 4, normalization: plain });

  test('run compiled and for many models at once as they run alone, and keep nothing', async () => {
    const images = tf.stack([noise(2, 5), tf.sub(1, noise(2, 5))]);
    const keys = split(keyFromSeed(6), 2).map((one) => device.keyTensor(one));
    const looped = keys.map((one, i) => augment(one, tf.gather(images, i)));
    expectAllclose(vmap(augment)(tf.stack(keys), images), tf.stack(looped), { rtol: 1e-5, atol: 1e-6 });
    const compiled = jit(augment);
    expectAllclose(compiled(keys[0]!, tf.gather(images, 0)), looped[0]!, { rtol: 1e-5, atol: 1e-6 });
    compiled.dispose();
    const [one, given] = [key(1), noise(2, 5)];
    const before = tf.memory().numTensors;
    augment(one, given).dispose();
    expect(tf.memory().numTensors).toBe(before);
    await Promise.resolve();
  });
});
