import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { encodeArrow } from '@basinlab/core/arrow';
import { encodeSafetensors } from '@basinlab/core/safetensors';
import { datasetContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../index.js';
import { parseNpy } from './parse-npy.js';
import { npyBytes } from './write-npy.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const ROWS = 20;
const inputs = Float32Array.from({ length: ROWS * 6 }, (_, i) => i / 8);
const labels = Int32Array.from({ length: ROWS }, (_, i) => i % 3);
const directory = mkdtempSync(join(tmpdir(), 'basinlab-table-'));
afterAll(() => rmSync(directory, { recursive: true }));
const write = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(directory, name), bytes);
  return join(directory, name);
};
const x = write('x.npy', npyBytes('<f4', [ROWS, 2, 3], inputs));
const y = write('y.npy', npyBytes('<i8', [ROWS], BigInt64Array.from(labels, BigInt)));
const both = write(
  'both.safetensors',
  encodeSafetensors({ inputs: { shape: [ROWS, 6], data: inputs }, labels: { shape: [ROWS], data: labels } }),
);
const load = (options: object) => table.load(table.options.parse({ inputs: x, labels: y, ...options }));

const samples = { train: 17, validation: 1, test: 2 };
testContract(
  datasetContract(table, [
    { options: { inputs: x, labels: y }, samples },
    { options: { inputs: both, inputShape: [3, 2, 1], classes: 5 }, samples },
    { options: { inputs: x, labels: y, testInputs: both, validationFraction: 0.5 }, samples: { train: 10, validation: 10, test: ROWS } },
  ]),
);

describe('table', () => {
  test('rows keep their labels, in every kind of file', async () => {
    const tensors = [tf.tensor2d(inputs, [ROWS, 6]), tf.tensor2d(Float32Array.from(labels), [ROWS, 1])];
    const field = { model: 'a', layer: 'a', site: 'input' as const };
    const columns = tensors.map((tensor, i) => ({ name: ['inputs', 'labels'][i]!, field, tensor }));
    const arrow = write('both.arrow', await encodeArrow([{ rows: ROWS, columns }]));
    tf.dispose(tensors);
    const rows: string[] = [];
    for (const options of [{}, { inputs: both, labels: undefined }, { inputs: arrow, labels: undefined }, { inputs: both, labels: y }]) {
      const before = tf.memory().numTensors;
      const data = await load(options);
      const [values, classes] = [await data.train.inputs.data(), await data.train.labels.data()];
      classes.forEach((label, i) => expect(Math.round((values[i * 6]! * 8) / 6) % 3).toBe(label));
      rows.push(values.join());
      expect(data.classes).toBe(3);
      data.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    expect(new Set(rows).size).toBe(1);
  });
  test('files may be held to checksums', async () => {
    const sums = Object.fromEntries(
      Object.entries({ inputs: x, labels: y }).map(([name, path]) => [name, createHash('sha256').update(readFileSync(path)).digest('hex')]),
    );
    const data = await load({ sha256: sums });
    expect(data.train.inputs.shape).toEqual([17, 2, 3]);
    data.dispose();
  });
  test('parts are disjoint and complete', async () => {
    const data = await load({ testFraction: 0.3, validationFraction: 0.3 });
    const first = await Promise.all(
      [data.train, data.validation, data.test].map(async (part) => [...(await part.inputs.data())].filter((_, i) => i % 6 === 0)),
    );
    expect(first.map((rows) => rows.length)).toEqual([10, 4, 6]);
    expect(first.flat().sort((a, b) => a - b)).toEqual([...inputs].filter((_, i) => i % 6 === 0));
    data.dispose();
  });
  const npy = npyBytes('<f4', [ROWS, 6], inputs);
  let arrowBytes: Uint8Array;
  beforeAll(async () => {
    const tensor = tf.tensor2d(inputs, [ROWS, 6]);
    const column = { name: 'inputs', field: { model: 'a', layer: 'a', site: 'input' as const }, tensor };
    arrowBytes = await encodeArrow([{ rows: ROWS, columns: [column] }]);
    tensor.dispose();
  });
  const floats = (values: number[]) => npyBytes('<f8', [values.length], Float64Array.from(values));
  test.each<[string, () => object, RegExp]>([
    ['a missing file', () => ({ inputs: join(directory, 'none.npy') }), /^table: the file must be readable, got ENOENT.*Check the path/],
    [
      'another ending',
      () => ({ inputs: write('x.csv', new Uint8Array(3)) }),
      /^table: a file that ends in \.npy, \.safetensors, \.arrow, \.feather, \.ipc, got .*x\.csv/,
    ],
    [
      'a truncated .npy file',
      () => ({ inputs: write('cut.npy', npy.subarray(0, 400)) }),
      /cut\.npy: 608 bytes for shape \[20, 6\], got 400 bytes\. The file is truncated/,
    ],
    [
      'another magic',
      () => ({ inputs: write('magic.npy', new Uint8Array(200)) }),
      /magic\.npy: a \.npy file, which begins with \\x93NUMPY, got 200 bytes of another kind/,
    ],
    [
      'a truncated safetensors file',
      () => ({ inputs: write('cut.safetensors', encodeSafetensors({ inputs: { shape: [ROWS, 6], data: inputs } }).subarray(0, 300)) }),
      /cut\.safetensors: tensor "inputs": must end within the file of 300 bytes, .*The file is truncated/,
    ],
    [
      'an Arrow file that is none',
      () => ({ inputs: write('x.arrow', new Uint8Array(100)) }),
      /x\.arrow: must be an Arrow IPC file or stream, got 100 bytes of another kind/,
    ],
    [
      'a safetensors file that is none',
      () => ({ inputs: write('other.safetensors', new Uint8Array(100).fill(60)) }),
      /other\.safetensors: header length must be .*This is no safetensors file, or a damaged one/,
    ],
    [
      'a truncated Arrow file',
      () => ({ inputs: write('cut.arrow', arrowBytes.subarray(0, arrowBytes.length / 2)) }),
      /cut\.arrow: an Arrow file must end with ARROW1, got .*truncated/,
    ],
    ['a missing file of labels', () => ({ labels: join(directory, 'none.safetensors') }), /^table: the file must be readable, got ENOENT/],
    ...(
      [
        ['.npy', () => x],
        ['safetensors', () => both],
        ['Arrow', () => write('whole.arrow', arrowBytes)],
      ] as const
    ).map(([kind, path]): [string, () => object, RegExp] => [
      `another checksum of a file of kind ${kind}`,
      () => ({ inputs: path(), sha256: { inputs: '0'.repeat(64) } }),
      /: sha256 0{64}, got [0-9a-f]{64}\. The file is damaged or another one than when options\.sha256 was written/,
    ]),
    ['an unknown tensor', () => ({ inputs: both, inputsName: 'x' }), /both\.safetensors: a tensor called one of inputs, labels, got x/],
    [
      'too few labels',
      () => ({ labels: write('few.npy', floats([0, 1])) }),
      /few\.npy: 20 labels, one for each row of .*x\.npy, got \[2\]/,
    ],
    [
      'labels that are no classes',
      () => ({ labels: write('half.npy', floats(Array.from({ length: ROWS }, () => 0.5))) }),
      /half\.npy: whole labels from 0, got 0\.5 in row 0/,
    ],
    ['labels beyond classes', () => ({ classes: 2 }), /^table: labels from 0 to 1, got 2/],
    [
      'inputs that are no numbers',
      () => ({
        inputs: write(
          'nan.npy',
          npyBytes(
            '<f4',
            [ROWS, 1],
            Float32Array.from({ length: ROWS }, (_, i) => (i === 7 ? NaN : 0)),
          ),
        ),
      }),
      /nan\.npy: finite inputs, got NaN in row 7/,
    ],
    ['another shape', () => ({ inputShape: [7] }), /^table: an inputShape of 6 numbers, as a row of .*x\.npy has, got \[7\]/],
  ])('%s is refused', async (_, options, message) => {
    const tensors = tf.memory().numTensors;
    await expect(load(options())).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  });
  test('options are checked', () => {
    expect(table.options.safeParse({}).success).toBe(false);
    expect(table.options.safeParse({ inputs: x, testLabels: y }).success).toBe(false);
  });
});

describe('parseNpy', () => {
  test.each([
    ['<f4', Float32Array.of(1.5, -2)],
    ['<f8', Float64Array.of(1e-300, 2)],
    ['|u1', Uint8Array.of(255, 0)],
    ['|i1', Int8Array.of(-1, 3)],
    ['<i2', Int16Array.of(-300, 3)],
    ['<u2', Uint16Array.of(65535, 3)],
    ['<i4', Int32Array.of(-70000, 3)],
    ['<u4', Uint32Array.of(4e9, 3)],
    ['|b1', Uint8Array.of(1, 0)],
    ['<i8', BigInt64Array.of(-5n, 2n ** 53n - 1n)],
  ])('%s', (type, data) => {
    const parsed = parseNpy(npyBytes(type, [2, 1], data));
    expect(parsed.shape).toEqual([2, 1]);
    expect([...parsed.data]).toEqual(Array.from(data as ArrayLike<number | bigint>, Number));
  });
  test.each([
    [
      'big-endian values',
      npyBytes('>f4', [1], Float32Array.of(1)),
      'npy: one of the types f4, f8, i1, i2, i4, i8, u1, u2, u4, b1, little-endian, got >f4. Convert it',
    ],
    ['objects', npyBytes('|O', [1], Uint8Array.of(1)), 'got |O'],
    ['Fortran order', npyBytes('<f4', [1, 1], Float32Array.of(1), 'True'), 'npy: values in row-major order, got Fortran order'],
    ['trailing bytes', Uint8Array.from([...npyBytes('|u1', [1], Uint8Array.of(1)), 0]), 'npy: 129 bytes for shape [1], got 130 bytes'],
    [
      'a cut header',
      npyBytes('|u1', [1], Uint8Array.of(1)).subarray(0, 60),
      'npy: a header up to byte 128, got 60 bytes. The file is truncated',
    ],
    ['large int64', npyBytes('<i8', [1], BigInt64Array.of(2n ** 60n)), 'npy: whole numbers below 2^53, got 1152921504606846976'],
  ])('refuses: %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes)).toThrow(message);
  });
});
