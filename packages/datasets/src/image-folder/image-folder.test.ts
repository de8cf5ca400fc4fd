import '@tensorflow/tfjs-backend-cpu';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { encode } from 'fast-png';
import jpeg from 'jpeg-js';
import { decodeImage } from './decode-image.js';
import { imageFolder } from './image-folder.js';

let root: string;
let folder: string;
const before = process.env['BASINLAB_CACHE'];
beforeAll(async () => {
  await tf.setBackend('cpu');
  root = await mkdtemp(join(tmpdir(), 'basinlab-images-'));
  process.env['BASINLAB_CACHE'] = join(root, 'cache');
});
afterAll(async () => {
  if (before === undefined) delete process.env['BASINLAB_CACHE'];
  else process.env['BASINLAB_CACHE'] = before;
  await rm(root, { recursive: true, force: true });
});

const png = (level: number, height = 4, width = 4): Uint8Array =>
  encode({ width, height, channels: 3, data: Uint8Array.from({ length: height * width * 3 }, (_, i) => (level + 7 * i) % 256) });
const jpg = (level: number): Uint8Array => {
  const data = Buffer.alloc(4 * 4 * 4, 255);
  for (let pixel = 0; pixel < 16; pixel++) data.fill(level, pixel * 4, pixel * 4 + 3);
  return jpeg.encode({ width: 4, height: 4, data }, 95).data;
};
const put = async (path: string, bytes: Uint8Array): Promise<void> => {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
};
const load = (options: object = {}) => imageFolder.load(imageFolder.options.parse({ folder, validationFraction: 0.25, ...options }));

beforeEach(async () => {
  folder = await mkdtemp(join(root, 'set-'));
  for (let i = 0; i < 4; i++)
    for (const [kind, bytes] of [
      ['cat', png(10 * i)],
      ['dog', jpg(40 + 50 * i)],
    ] as const)
      await put(`train/${kind}/${i}.${kind === 'cat' ? 'png' : 'JPG'}`, bytes);
  await put('test/cat/0.png', png(3));
  await put('test/dog/0.jpeg', jpg(90));
});

describe('image-folder', () => {
  test('reads PNG and JPEG into colour, classes in the order of their names', async () => {
    const data = await load({ padding: 0 });
    expect([data.train, data.validation, data.test].map(({ inputs }) => inputs.shape)).toEqual([
      [6, 4, 4, 3],
      [2, 4, 4, 3],
      [2, 4, 4, 3],
    ]);
    expect([data.classes, data.inputShape, data.augment]).toEqual([2, [4, 4, 3], undefined]);
    expect(Array.from(await data.test.labels.data())).toEqual([0, 1]);
    // One level in all pixels of the JPEG.
    const dog = (await tf.slice(data.test.inputs, [1, 0, 0, 0], [1, 4, 4, 1]).data()) as Float32Array;
    expect(Math.max(...dog) - Math.min(...dog)).toBeLessThan(0.05);
    const every = tf.concat([data.train.inputs, data.validation.inputs]);
    expect(tf.max(tf.abs(tf.mean(every, [0, 1, 2]))).dataSync()[0]).toBeLessThan(1e-4);
    data.dispose();
  });

  test('keeps what it decoded, and decodes anew what has changed', async () => {
    (await load()).dispose();
    const cache = join(root, 'cache', 'datasets', 'image-folder');
    const kept = await readdir(cache);
    (await load()).dispose();
    expect(await readdir(cache)).toEqual(kept);
    await put('train/cat/0.png', png(77, 4, 4).slice());
    await put('train/cat/9.png', png(1));
    const data = await load();
    expect(data.train.inputs.shape[0]! + data.validation.inputs.shape[0]!).toBe(9);
    expect((await readdir(cache)).length).toBe(kept.length + 1);
    // A damaged one does not count.
    for (const name of await readdir(cache)) await writeFile(join(cache, name), 'nothing');
    expect((await load()).inputShape).toEqual([4, 4, 3]);
    expect(existsSync(cache)).toBe(true);
  });

  test.each<[string, () => Promise<void>, RegExp]>([
    [
      'a folder without classes',
      () => rm(join(folder, 'test', 'dog'), { recursive: true }),
      /test: a folder for each of at least two classes, got cat/,
    ],
    ['a missing part', () => rm(join(folder, 'test'), { recursive: true }), /test: a folder with a folder for each class, got none/],
    ['other classes for testing', () => put('test/eel/0.png', png(1)), /test: the classes of train: cat, dog, got cat, dog, eel/],
    [
      'a class without images',
      () => put('train/eel/notes.txt', new Uint8Array(3)),
      /eel: images ending in \.png, \.jpg, \.jpeg, got notes\.txt/,
    ],
    ['images of mixed sizes', () => put('train/dog/9.png', png(1, 4, 5)), /9\.png: an image of 4 x 4 pixels, as cat.0\.png has, got 4 x 5/],
    ['a broken JPEG', () => put('train/dog/9.jpg', jpg(3).slice(0, 200)), /9\.jpg: a JPEG that can be decoded, got /],
    ['a broken PNG', () => put('train/dog/9.png', png(3).slice(0, 60)), /9\.png: a PNG that can be decoded, got /],
    ['a file of another kind', () => put('train/dog/9.png', new TextEncoder().encode('GIF89a')), /9\.png: a PNG or JPEG file, got another/],
    [
      'test images of another size',
      async () => {
        await put('test/cat/0.png', png(1, 5, 5));
        await rm(join(folder, 'test', 'dog', '0.jpeg'));
        await put('test/dog/0.png', png(1, 5, 5));
      },
      /test images of 48 pixels, got 75/,
    ],
  ])('%s is refused', async (_, spoil, message) => {
    await spoil();
    await expect(load()).rejects.toThrow(message);
  });
});

test('PNG: grey, with transparency, and of 16 bits', () => {
  const of = (channels: 1 | 2 | 4, depth: 8 | 16, data: Uint8Array | Uint16Array) =>
    Array.from(decodeImage('x.png', encode({ width: 1, height: 1, channels, depth, data })).levels);
  expect(of(1, 8, Uint8Array.of(7))).toEqual([7, 7, 7]);
  expect(of(2, 8, Uint8Array.of(9, 0))).toEqual([9, 9, 9]);
  expect(of(4, 8, Uint8Array.of(1, 2, 3, 4))).toEqual([1, 2, 3]);
  expect(of(1, 16, Uint16Array.of(0x1234))).toEqual([0x12, 0x12, 0x12]);
});
