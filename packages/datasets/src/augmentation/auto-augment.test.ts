import { beforeAll, describe, expect, test } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { jit, vmap } from '@basinlab/core';
import { device, keyFromSeed, split } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { autoAugment } from './auto-augment.js';
import { autoAugmentPolicies } from './auto-augment-policies.js';
import { levelChanges, levelChangeNames as names } from './level-changes.js';

beforeAll(() => tf.setBackend('cpu'));

const levels = z.array(z.number());
const fixture = z
  .object({
    image: levels,
    changes: z.array(z.object({ name: z.enum(names), by: z.number(), image: levels })),
    equalized: z.object({ before: levels, after: levels }),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/torchvision-level-changes.json', import.meta.url), 'utf8')));
const key = (seed: number): tf.Tensor => device.keyTensor(keyFromSeed(seed));
const plain = { mean: [0, 0, 0], deviation: [1, 1, 1] };
const noise = (batch: number, size: number): tf.Tensor => device.uniform(key(9), [batch, size, size, 3]);

describe('operations on levels', () => {
  test('all of them have a fixture', () => {
    expect(new Set(fixture.changes.map(({ name }) => name))).toEqual(new Set(names));
  });
  test.each(fixture.changes.map(({ name, by, image }) => [name, by, image] as const))(
    '%s by %d is that of torchvision',
    (name, by, expected) => {
      const x = tf.tensor4d(fixture.image, [1, 7, 9, 3]);
      const found = levelChanges[name](x, tf.reshape(tf.scalar(by), [1, 1, 1, 1]));
      expectAllclose(found, tf.tensor4d(expected, [1, 7, 9, 3]), { rtol: 0, atol: 0 });
    },
  );
  test('Equalize spreads the levels of an image that has enough pixels as torchvision does', () => {
    const { before, after } = fixture.equalized;
    const found = levelChanges.Equalize(tf.tensor4d(before, [1, 40, 40, 3]), tf.zeros([1, 1, 1, 1]));
    expectAllclose(found, tf.tensor4d(after, [1, 40, 40, 3]), { rtol: 0, atol: 0 });
    expect(new Set(after).size).toBeGreaterThan(80);
    expect(after).not.toEqual(before);
  });
  test('every image has a magnitude of its own', () => {
    const two = tf.tile(tf.tensor4d(fixture.image, [1, 7, 9, 3]), [2, 1, 1, 1]);
    for (const name of names) {
      const both = levelChanges[name](two, tf.tensor4d([4, 6], [2, 1, 1, 1]));
      const alone = [4, 6].map((by, i) => levelChanges[name](tf.slice(two, i, 1), tf.tensor4d([by], [1, 1, 1, 1])));
      expectAllclose(both, tf.concat(alone), { rtol: 0, atol: 0 });
    }
  });
});

describe('AutoAugment', () => {
  test.each(['imagenet', 'cifar10'] as const)('%s: changes most images, and gives levels', (policy) => {
    const images = noise(60, 6);
    const out = autoAugment(policy, plain)(key(1), images);
    const values = Array.from(out.dataSync(), (value) => value * 255);
    for (const value of values) expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-3);
    expect([Math.min(...values) >= -1e-3, Math.max(...values) <= 255.001]).toEqual([true, true]);
    const before = tf.div(tf.round(tf.mul(images, 255)), 255);
    const moved = tf.max(tf.abs(tf.sub(out, before)), [1, 2, 3]).dataSync();
    const share = moved.filter((distance) => distance > 1e-3).length / 60;
    // At most where an operation is done; images as small as these are not equalized.
    const idle = autoAugmentPolicies[policy].reduce((sum, [[, a], [, b]]) => sum + (1 - a) * (1 - b), 0) / 25;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(1 - idle + 4 * Math.sqrt(0.25 / 60));
  });

  test('operations are done as often as their policies say, with either sign', () => {
    const images = 800;
    const out = autoAugment('cifar10', plain)(key(2), tf.fill([images, 3, 3, 3], 100 / 255));
    const middle = tf.round(tf.mul(tf.slice(out, [0, 1, 1, 0], [images, 1, 1, 1]), 255)).dataSync();
    const share = (level: number): number => middle.filter((value) => value === level || value === level - 1).length / images;
    // Brightness changes grey, and nothing else changes it to these: by 0.6 with a chance of 0.9, by 0.7 with 0.6, in one policy of 25 each.
    const bright = [
      [160, 0.9],
      [40, 0.9],
      [170, 0.6],
      [30, 0.6],
    ] as const;
    for (const [level, often] of bright) {
      const expected = often / 25 / 2;
      expect(Math.abs(share(level) - expected)).toBeLessThan(4 * Math.sqrt(expected / images));
    }
  });

  test('runs compiled and for many models at once as it runs alone, and keeps nothing', () => {
    const images = tf.stack([noise(3, 6), tf.sub(1, noise(3, 6))]);
    const augment = autoAugment('imagenet', { mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.25] });
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
  });
});
