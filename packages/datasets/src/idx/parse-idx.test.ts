import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { parseIdx } from './parse-idx.js';
import { idxBytes } from './idx-bytes.js';

const file = idxBytes([2, 3], [1, 2, 3, 4, 5, 255]);
const changed = (at: number, value: number): Uint8Array => file.map((byte, i) => (i === at ? value : byte));

describe('parseIdx', () => {
  test.each([
    ['plain', file],
    ['gzipped', gzipSync(file)],
    ['inside a larger buffer', Uint8Array.from([9, 9, 9, ...file]).subarray(3)],
  ])('%s', (_, bytes) => {
    const { shape, data } = parseIdx(bytes);
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 255]);
  });
  test('no dimension holds one value, an empty dimension none', () => {
    expect(parseIdx(idxBytes([], [7]))).toEqual({ shape: [], data: Uint8Array.of(7) });
    expect(parseIdx(idxBytes([0, 5], []))).toEqual({ shape: [0, 5], data: new Uint8Array() });
  });
  test.each([
    ['empty', new Uint8Array(), 'idx: at least the 4 bytes of the magic number, got 0 bytes. The file is truncated: fetch it again'],
    ['wrong magic', changed(0, 1), 'idx: an IDX file, which begins with two zero bytes, got 01 00 08 02'],
    ['other type', changed(2, 13), 'idx: values of type 8, unsigned bytes, got 13'],
    ['cut in the header', file.subarray(0, 9), 'idx: 12 bytes of header for 2 dimensions, got 9 bytes. The file is truncated'],
    ['cut in the values', file.subarray(0, 17), 'idx: 18 bytes for shape [2, 3], got 17 bytes. The file is truncated'],
    ['trailing bytes', Uint8Array.from([...file, 0]), 'idx: 18 bytes for shape [2, 3], got 1 bytes more'],
    ['huge dimension', changed(4, 255), 'idx: 12834570258 bytes for shape [4278190082, 3], got 18 bytes'],
    ['cut gzip', gzipSync(file).subarray(0, 20), 'idx: a whole gzip file, got unexpected end of file. Fetch the file again'],
    ['an HTML page', new TextEncoder().encode('<html>not found'), 'idx: an IDX file, which begins with two zero bytes, got 3c 68 74 6d'],
  ])('refuses: %s', (_, bytes, message) => {
    expect(() => parseIdx(bytes)).toThrow(message);
  });
  test('any bytes are either read whole or refused by name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const { shape, data } = parseIdx(bytes, 'some/file');
          expect(shape.reduce((product, length) => product * length, 1)).toBe(data.length);
        } catch (error) {
          expect((error as Error).message).toMatch(/^some\/file: .*, got /);
        }
      }),
    );
  });
});
