import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { temporaryFolders } from '../files/temporary-folders.fixture.js';
import { cifar10, cifar100, parseCifar, trainValidationSplit } from '../index.js';
import type { Cifar100Options, CifarOptions } from '../index.js';
import { cifarBytes, levelAt } from './write-cifar.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const folder = temporaryFolders();
const batches = Array.from({ length: 5 }, (_, batch) => cifarBytes(Array.from({ length: 4 }, (_, i) => [(batch * 4 + i) % 10])));
const content = {
  ...Object.fromEntries(batches.map((bytes, batch) => [`data_batch_${batch + 1}.bin`, bytes])),
  'test_batch.bin': cifarBytes([[3], [1]]),
};
const content100 = {
  'train.bin': cifarBytes(Array.from({ length: 10 }, (_, i) => [i, 99 - i])),
  'test.bin': cifarBytes([
    [19, 0],
    [2, 50],
  ]),
};
const load = (options: Partial<CifarOptions>) => cifar10.load(cifar10.options.parse({ verify: false, ...options }));
const load100 = (options: Partial<Cifar100Options>) => cifar100.load(cifar100.options.parse({ verify: false, ...options }));
const archive = async (files: Record<string, Uint8Array>, inside: string): Promise<Uint8Array> =>
  gzipSync(
    await packTar([
      { header: { name: `${inside}/`, type: 'directory', size: 0 } },
      { header: { name: `${inside}/readme.html`, size: 2 }, body: 'hi' },
      ...Object.entries(files).map(([name, bytes]) => ({ header: { name: `${inside}/${name}`, size: bytes.length }, body: bytes })),
    ]),
  );

describe('a copy in the cache', () => {
  // The suite loads by options alone: a path that stays the same while the tests run.
  const cache = mkdtempSync(join(tmpdir(), 'basinlab-cache-'));
  const before = process.env['BASINLAB_CACHE'];
  beforeAll(async () => {
    process.env['BASINLAB_CACHE'] = cache;
    const { cp, mkdir } = await import('node:fs/promises');
    for (const [id, files] of [
      ['cifar10', content],
      ['cifar100', content100],
    ] as const) {
      await mkdir(join(cache, 'datasets'), { recursive: true });
      await cp(await folder(files), join(cache, 'datasets', id), { recursive: true });
    }
  });
  afterAll(() => {
    if (before === undefined) delete process.env['BASINLAB_CACHE'];
    else process.env['BASINLAB_CACHE'] = before;
    rmSync(cache, { recursive: true });
  });
  testContract(datasetContract(cifar10, [{ options: { verify: false }, samples: { train: 18, validation: 2, test: 2 } }]));
  testContract(
    datasetContract(cifar100, [
      { options: { verify: false, labels: 'coarse', augment: false }, samples: { train: 9, validation: 1, test: 2 } },
      { options: { verify: false, limit: { train: 4 } } },
    ]),
  );
  test('is found', async () => {
    expect(await cifar10.status()).toEqual({ available: true, where: join(cache, 'datasets', 'cifar10') });
  });
});

describe('cifar10', () => {
  test('each image keeps its pixels, its label and its place in the split', async () => {
    const data = await load({ directory: await folder(content) });
    const { train, validation } = trainValidationSplit(20);
    const { mean, deviation } = { mean: [0.4917, 0.4823, 0.4467], deviation: [0.2471, 0.2435, 0.2616] };
    for (const [part, rows] of [
      [data.train, train],
      [data.validation, validation],
    ] as const) {
      const inputs = await part.inputs.data();
      expect([...(await part.labels.data())]).toEqual([...rows].map((row) => row % 10));
      rows.forEach((row, i) => {
        for (const [y, x, channel] of [
          [0, 0, 0],
          [0, 1, 2],
          [31, 30, 1],
        ] as const) {
          const level = levelAt(row % 4, channel * 1024 + y * 32 + x);
          expect(inputs[i * 3072 + (y * 32 + x) * 3 + channel]).toBeCloseTo((level / 255 - mean[channel]!) / deviation[channel]!, 5);
        }
      });
    }
    expect([data.inputShape, data.classes]).toEqual([[32, 32, 3], 10]);
    data.dispose();
  });
  test.each(['the archive', 'a folder with the archive', 'the folder around the files'])('%s may be given', async (how) => {
    const packed = await archive(content, 'cifar-10-batches-bin');
    const nested = Object.fromEntries(Object.entries(content).map(([name, bytes]) => [`cifar-10-batches-bin/${name}`, bytes]));
    const directory = await folder(how.endsWith('files') ? nested : { 'cifar-10-binary.tar.gz': packed });
    const data = await load({ directory: how === 'the archive' ? join(directory, 'cifar-10-binary.tar.gz') : directory });
    const plain = await load({ directory: await folder(content) });
    expect(await data.train.inputs.data()).toEqual(await plain.train.inputs.data());
    expect([...(await data.test.labels.data())]).toEqual([3, 1]);
    data.dispose();
    plain.dispose();
  });
  let whole: Uint8Array;
  beforeEach(async () => void (whole ??= await archive(content, 'cifar-10-batches-bin')));
  test.each<[string, () => Promise<Partial<CifarOptions>>, RegExp]>([
    [
      'a missing file',
      async () => ({ directory: await folder({ ...content, 'data_batch_3.bin': null }) }),
      /^cifar10\/data_batch_3\.bin: the file must be there, got no .*Run `npx basinlab data fetch cifar10`, or set options\.directory/,
    ],
    [
      'an empty folder',
      async () => ({ directory: await folder() }),
      /^cifar10: cifar-10-binary\.tar\.gz, or its unpacked files, got none at .*data fetch/,
    ],
    [
      'a truncated file',
      async () => ({ directory: await folder({ ...content, 'data_batch_2.bin': batches[1]!.subarray(0, 9000) }) }),
      /^cifar10\/data_batch_2\.bin: a whole number of records of 3073 bytes, got 9000 bytes\. The file is truncated or of another kind/,
    ],
    [
      'another checksum',
      async () => ({ directory: await folder(content), verify: true }),
      /^cifar10\/data_batch_1\.bin: md5 5dd7e06a14cb22eb9f671a540d1b7c25, got \w{32}\. The file is damaged or another one/,
    ],
    [
      'labels of another set',
      async () => ({ directory: await folder({ ...content, 'test_batch.bin': cifarBytes([[10]]) }) }),
      /^cifar10\/test_batch\.bin: labels from 0 to 9, got 10/,
    ],
    [
      'a truncated archive',
      async () => ({ directory: await folder({ 'cifar-10-binary.tar.gz': whole.subarray(0, 900) }) }),
      /^cifar10\/cifar-10-binary\.tar\.gz: a whole gzip file, got unexpected end of file/,
    ],
    [
      'an archive that is none',
      async () => ({ directory: await folder({ 'cifar-10-binary.tar.gz': new Uint8Array(4096).fill(7) }) }),
      /^cifar10\/cifar-10-binary\.tar\.gz: a whole tar archive, got/,
    ],
    [
      'an archive without a file',
      async () => ({
        directory: await folder({ 'cifar-10-binary.tar.gz': await archive({ 'test_batch.bin': content['test_batch.bin'] }, 'x') }),
      }),
      /^cifar10\/cifar-10-binary\.tar\.gz: an archive with data_batch_1\.bin.*, got none of the name data_batch_1\.bin/,
    ],
    [
      'an archive of another checksum',
      async () => ({ directory: await folder({ 'cifar-10-binary.tar.gz': whole }), verify: true }),
      /^cifar10\/cifar-10-binary\.tar\.gz: md5 c32a1d4ab5d03f1284b67883e8d87530, got \w{32}/,
    ],
  ])('%s is refused', async (_, options, message) => {
    const tensors = tf.memory().numTensors;
    await expect(load(await options())).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

test('cifar100 reads its classes or their groups', async () => {
  const directory = await folder(content100);
  const [fine, coarse] = [await load100({ directory }), await load100({ directory, labels: 'coarse' })];
  expect([fine.classes, coarse.classes]).toEqual([100, 20]);
  expect([...(await fine.test.labels.data()), ...(await coarse.test.labels.data())]).toEqual([0, 50, 19, 2]);
  expect(await fine.test.inputs.data()).toEqual(await coarse.test.inputs.data());
  [fine, coarse].forEach((data) => data.dispose());
});

test.each<[string, Record<string, Uint8Array | null>, Partial<Cifar100Options>, RegExp]>([
  [
    'a missing file',
    { 'train.bin': null },
    {},
    /^cifar100\/train\.bin: the file must be there, got no .*Run `npx basinlab data fetch cifar100`/,
  ],
  [
    'a truncated file',
    { 'train.bin': content100['train.bin'].subarray(0, 5000) },
    {},
    /^cifar100\/train\.bin: a whole number of records of 3074 bytes, got 5000 bytes\. The file is truncated or of another kind/,
  ],
  [
    'labels of another set',
    { 'train.bin': cifarBytes([[20, 3]]) },
    { labels: 'coarse' },
    /^cifar100\/train\.bin: labels from 0 to 19, got 20/,
  ],
  ['another checksum', {}, { verify: true }, /^cifar100\/train\.bin: md5 \w{32}, got \w{32}\. The file is damaged or another one/],
])('cifar100: %s is refused', async (_, changes, options, message) => {
  const tensors = tf.memory().numTensors;
  await expect(load100({ directory: await folder({ ...content100, ...changes }), ...options })).rejects.toThrow(message);
  expect(tf.memory().numTensors).toBe(tensors);
});

test('a file of CIFAR-100 is not taken for one of CIFAR-10', () => {
  expect(() => parseCifar(content100['train.bin'], { classes: [10], read: 0 })).toThrow('cifar: a whole number of records of 3073 bytes');
});
