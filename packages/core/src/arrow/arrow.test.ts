import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { ActivationBatch } from '@basinlab/tensor';
import { matchers } from '@basinlab/tensor/testing/jest';
import '@tensorflow/tfjs-backend-cpu';
import { tableFromArrays } from 'apache-arrow';
import fc from 'fast-check';
import { readArrow, writeArrow } from '../store/index.js';
import { decodeArrow, encodeArrow, fromArrow, toArrow } from './index.js';

expect.extend(matchers);

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'basinlab-'));
});
afterAll(() => rm(folder, { recursive: true }));

const batch = (rows: number, start = 0): ActivationBatch => ({
  rows,
  columns: [
    {
      name: 'a.0.linear',
      field: { model: 'a', layer: 'layers.0', site: 'post-linear' },
      tensor: tf.reshape(tf.range(start, start + rows * 3), [rows, 3]),
    },
    {
      name: 'b.1.act',
      field: { model: 'b', layer: 'layers.1', site: 'post-activation', group: 'layers.0' },
      tensor: tf.fill([rows, 2], start),
    },
  ],
});
const plain = (batches: readonly ActivationBatch[]) =>
  batches.map(({ rows, columns }) => ({
    rows,
    columns: columns.map(({ tensor, ...column }) => ({ ...column, values: tensor.arraySync() })),
  }));
const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url));

describe('Arrow', () => {
  test('has one list column per site, with its place as metadata and the array itself as buffer', async () => {
    const array = new Float32Array([1, 2, 3, 4]);
    const tensor = tf.tensor2d(array, [2, 2]);
    const record = await toArrow({
      rows: 2,
      columns: [{ name: 'x', field: { model: 'a', layer: 'l', site: 'input', group: 'g' }, tensor }],
    });
    expect(String(record.schema)).toContain('x: FixedSizeList[2]<Float32>');
    expect(Object.fromEntries(record.schema.fields[0]!.metadata)).toEqual({ model: 'a', layer: 'l', site: 'input', group: 'g' });
    expect(record.data.children[0]!.children[0]!.values).toBe(await tensor.data());
  });

  test.each(['file', 'stream'] as const)('%s bytes keep batches, also one without rows', async (format) => {
    const batches = [batch(4), batch(0), batch(2, 7)];
    expect(plain(await decodeArrow(await encodeArrow(batches, { format })))).toEqual(plain(batches));
  });

  test('a file is written in one piece from batches made on demand, and frees nothing it does not own', async () => {
    const path = join(folder, 'a.arrow');
    const made = [batch(3), batch(5, 1)];
    async function* source() {
      yield* made;
    }
    await writeArrow(path, source());
    expect(await readdir(folder)).toEqual(['a.arrow']);
    expect(plain(await readArrow(path))).toEqual(plain(made));
    const before = tf.memory().numTensors;
    const [only] = await readArrow(path, { columns: ['b.1.act'] });
    expect(only!.columns.map(({ name }) => name)).toEqual(['b.1.act']);
    expect(tf.memory().numTensors - before).toBe(2);
  });

  test.each(['file', 'stream'] as const)('%s bytes keep feature maps, whose positions are metadata', async (format) => {
    const maps = (rows: number): ActivationBatch => ({
      rows,
      columns: [
        {
          name: 'a.stem',
          field: { model: 'a', layer: 'stem', site: 'post-norm', group: 'stages.0.background' },
          tensor: tf.reshape(tf.range(0, rows * 24), [rows, 4, 2, 3]),
        },
        ...batch(rows).columns,
      ],
    });
    const record = await toArrow(maps(2));
    expect(String(record.schema)).toContain('a.stem: FixedSizeList[24]<Float32>');
    expect(record.schema.fields.map(({ metadata }) => metadata.get('positions'))).toEqual(['4,2', undefined, undefined]);
    const batches = [maps(2), maps(0), maps(1)];
    expect(plain(await decodeArrow(await encodeArrow(batches, { format })))).toEqual(plain(batches));
  });

  test('refuses to write other shapes, types, schemas, equal names or nothing', async () => {
    const [column] = batch(2).columns;
    const odd = (change: object): ActivationBatch => ({ rows: 2, columns: [{ ...column!, ...change }] });
    await expect(toArrow(odd({ tensor: tf.zeros([2]) }))).rejects.toThrow(
      'activation column "a.0.linear": must have the shape [2, units] or [2, ...positions, units], got [2]',
    );
    await expect(toArrow(odd({ tensor: tf.zeros([3, 2]) }))).rejects.toThrow('got [3,2]');
    await expect(toArrow(odd({ tensor: tf.zeros([2, 2], 'int32') }))).rejects.toThrow('must be float32, got int32');
    await expect(toArrow({ rows: 2, columns: [column!, column!] })).rejects.toThrow('column names must be unique');
    await expect(encodeArrow([batch(2), odd({})])).rejects.toThrow(
      'batches must all be a.0.linear: FixedSizeList[3]<Float32> a/layers.0/post-linear, b.1.act',
    );
    await expect(encodeArrow([])).rejects.toThrow('must hold at least one batch');
  });
});

describe('Arrow from elsewhere', () => {
  const values = Array.from({ length: 6 }, (_, row) => [row / 2, row / 2 + 0.25]);
  const columns = ['fixed', 'fixed64', 'list', 'large', 'half', 'plain', 'label'];

  test.each(['pyarrow-file.arrow', 'pyarrow-stream.arrows'])('%s: every kind of number column', async (name) => {
    const batches = await decodeArrow(await fixture(name), { columns });
    expect(batches.reduce((sum, { rows }) => sum + rows, 0)).toBe(6);
    for (const column of ['fixed', 'fixed64', 'list', 'large', 'half']) {
      expect(batches.flatMap(({ columns: all }) => all.find((c) => c.name === column)!.tensor.arraySync() as number[][])).toEqual(values);
    }
    const single = (column: string) =>
      batches.flatMap(({ columns: all }) => all.find((c) => c.name === column)!.tensor.arraySync() as number[][]);
    expect(single('plain')).toEqual(values.map(([first]) => [first]));
    expect(single('label')).toEqual(values.map((_, row) => [row]));
  });

  test('field metadata, options or the column name say what a column is', async () => {
    const bytes = await fixture('pyarrow-file.arrow');
    const fields = async (field?: object) =>
      (await decodeArrow(bytes, { columns: ['fixed', 'list'], ...(field && { field }) }))[0]!.columns.map((c) => c.field);
    expect(await fields()).toEqual([
      { model: 'b', layer: 'layers.0', site: 'post-norm' },
      { model: 'a', layer: 'list', site: 'post-activation' },
    ]);
    expect((await fields({ model: 'c', site: 'input' }))[1]).toEqual({ model: 'c', layer: 'list', site: 'input' });
    await expect(fields({ site: 'nowhere' })).rejects.toThrow('Arrow column "list": site must be one of input, post-linear');
  });

  test('tables and record batches in memory are taken too', () => {
    const table = tableFromArrays({ x: new Float32Array([1, 2]), y: new Float64Array([3, 4]) });
    const [fromTable] = fromArrow(table);
    expect(fromTable!.columns.map(({ tensor }) => tensor.arraySync())).toEqual([
      [[1], [2]],
      [[3], [4]],
    ]);
    expect(fromArrow(table.batches[0]!)).toHaveLength(1);
    const part = fromArrow(table.slice(1).batches[0]!);
    expect(part[0]!.columns[0]!.tensor.arraySync()).toEqual([[2]]);
  });

  test('positions must divide the lists', () => {
    const read = (positions: string) => {
      const table = tableFromArrays({ x: new Float32Array([1, 2]) });
      table.schema.fields[0]!.metadata.set('positions', positions);
      return fromArrow(table)[0]!.columns[0]!.tensor.shape;
    };
    expect(read('1,1')).toEqual([2, 1, 1, 1]);
    for (const wrong of ['2', '0', '1,', 'a', '-1', '0.5'])
      expect(() => read(wrong)).toThrow(`Arrow column "x": positions must be sizes that divide its lists of 1, got ${wrong}`);
  });

  test('refuses nulls, ragged lists, text and unknown columns, and leaves no tensor', async () => {
    const bytes = await fixture('pyarrow-nulls.arrow');
    const before = tf.memory().numTensors;
    const decode = (...names: string[]) => decodeArrow(bytes, { columns: names });
    await expect(decode('null')).rejects.toThrow('Arrow column "null": must have no nulls, got 1 of 2. Fill or drop them first.');
    await expect(decode('inside')).rejects.toThrow('Arrow column "inside": must have no nulls');
    await expect(decode('plain')).rejects.toThrow('must have no nulls');
    await expect(decode('ragged')).rejects.toThrow('Arrow column "ragged": lists must all have 1 values, got 2 in row 1');
    await expect(decode('none')).rejects.toThrow('columns must be among null, inside, ragged, plain, got none');
    await expect(decodeArrow(await fixture('pyarrow-file.arrow'))).rejects.toThrow(
      'Arrow column "name": must hold numbers, or lists of them, got Utf8',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('damaged Arrow', () => {
  const refused = (bytes: Uint8Array) => expect(decodeArrow(bytes, { id: 'x.arrow' })).rejects.toMatchObject({ name: 'BasinlabError' });

  test.each(['file', 'stream'] as const)('a cut %s is always noticed, a flipped bit changes no number', async (format) => {
    const original = [batch(4), batch(3, 5)];
    const bytes = await encodeArrow(original, { format });
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        await refused(bytes.slice(0, at));
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << bit;
        let read: ActivationBatch[];
        try {
          read = await decodeArrow(damaged);
        } catch (error) {
          expect(error).toMatchObject({ name: 'BasinlabError' });
          return;
        }
        // Only the key of the digest itself can be hit unnoticed: then the numbers are whole.
        expect(plain(read).map(({ columns }) => columns.map(({ values }) => values))).toEqual(
          plain(original).map(({ columns }) => columns.map(({ values }) => values)),
        );
        tf.dispose(read.flatMap(({ columns }) => columns.map(({ tensor }) => tensor)));
      }),
      { numRuns: 150 },
    );
  });

  test('cut files from elsewhere are noticed too', async () => {
    for (const name of ['pyarrow-file.arrow', 'pyarrow-stream.arrows']) {
      const bytes = new Uint8Array(await fixture(name));
      for (const length of [0, 5, 8, 100, bytes.length >> 1, bytes.length - 8, bytes.length - 1]) await refused(bytes.slice(0, length));
    }
  });

  test.each([
    ['pyarrow-file.arrow', 6979],
    ['pyarrow-stream.arrows', 385],
  ])('a count that a flipped bit made huge does not keep the parser busy: %s', async (name, bit) => {
    const bytes = new Uint8Array(await fixture(name));
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await refused(bytes);
  });

  test('errors name the file and the reason', async () => {
    const path = join(folder, 'damaged.arrow');
    const bytes = await encodeArrow([batch(4)]);
    await writeFile(path, bytes.subarray(0, -20));
    await expect(readArrow(path)).rejects.toThrow(
      `${path}: an Arrow file must end with ARROW1, got ${bytes.length - 20} bytes with another end. The file is truncated.`,
    );
    await writeFile(path, 'text that is no Arrow');
    await expect(readArrow(path)).rejects.toThrow('must be an Arrow IPC file or stream');
    await expect(readArrow(join(folder, 'none.arrow'))).rejects.toThrow('must be a readable Arrow file, got nothing there (ENOENT)');
  });
});
