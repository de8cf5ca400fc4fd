import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { checkParquet, readParquet, writeParquet } from './parquet.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basinlab-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('parquet', () => {
  test('keeps values, types and nulls; columns are the union of the keys', async () => {
    const path = join(folder, 'a.parquet');
    const rows = [
      { name: 'barrier', value: 0.1, seed: 7, big: 2n ** 60n, aligned: true },
      { name: 'ü', value: NaN, seed: -1, extra: 'x' },
      { name: '', value: -Infinity, seed: 0, big: null, aligned: false },
    ];
    await writeParquet(path, rows, { seed: 'int32' });
    expect(await readParquet(path)).toEqual([
      { seed: 7, name: 'barrier', value: 0.1, big: 2n ** 60n, aligned: true, extra: null },
      { seed: -1, name: 'ü', value: NaN, big: null, aligned: null, extra: 'x' },
      { seed: 0, name: '', value: -Infinity, big: null, aligned: false, extra: null },
    ]);
  });

  test('whole numbers stay doubles, so that files of many runs have one schema', async () => {
    const path = join(folder, 'b.parquet');
    await writeParquet(path, [{ value: 1 }]);
    await writeParquet(path, [{ value: 2 ** 40 }, { value: 0.5 }]);
    expect(await readParquet(path)).toEqual([{ value: 2 ** 40 }, { value: 0.5 }]);
  });

  test('writes no rows where types are given, 3,000 rows over several row groups', async () => {
    const path = join(folder, 'c.parquet');
    await writeParquet(path, [], { name: 'string', value: 'double' });
    expect(await readParquet(path)).toEqual([]);
    const rows = Array.from({ length: 3000 }, (_, i) => ({ i, name: `n${i % 7}` }));
    await writeParquet(path, rows);
    expect(await readParquet(path)).toEqual(rows);
  });

  test('refuses mixed types, overflow and a table without columns', async () => {
    const path = join(folder, 'd.parquet');
    await expect(writeParquet(path, [{ a: 1 }, { a: 'x' }])).rejects.toThrow('column "a": values must be of type double, got x');
    await expect(writeParquet(path, [{ a: 2 ** 31 }], { a: 'int32' })).rejects.toThrow('values must be of type int32, got 2147483648');
    await expect(writeParquet(path, [])).rejects.toThrow('must have at least one column');
  });

  test('refuses a truncated or missing file', async () => {
    const path = join(folder, 'e.parquet');
    await writeParquet(path, [{ a: 1 }]);
    const bytes = await readFile(path);
    for (const length of [0, 3, 20, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(readParquet(path)).rejects.toThrow(`${path}: ${length > 50 ? 'content must match' : 'must be a readable Parquet file'}`);
    }
    await expect(readParquet(join(folder, 'none.parquet'))).rejects.toThrow('must be a readable Parquet file');
  });

  test('notices every damaged bit, and reads files without a digest', async () => {
    const path = join(folder, 'f.parquet');
    const rows = [{ name: 'loss', value: 0.25 }];
    await writeParquet(path, rows, {}, { note: 'x' });
    expect(await checkParquet(path)).toMatchObject({ note: 'x' });
    const bytes = await readFile(path);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(path, damaged);
      await expect(readParquet(path)).rejects.toThrow(path);
    }
    await writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'value', data: [1], type: 'DOUBLE' }] })));
    expect(await readParquet(path)).toEqual([{ value: 1 }]);
  });
});
