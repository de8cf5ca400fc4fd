import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeSafetensors, encodeSafetensors } from './codec.js';
import type { StoredTensor } from './codec.js';

const bytesOf = (header: unknown, data = 0): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
};
const f32 = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('safetensors', () => {
  const all: Record<string, StoredTensor> = {
    'a.weight': { dtype: 'F32', shape: [2, 2], data: new Float32Array([1, -2.5, NaN, Infinity]) },
    double: { dtype: 'F64', shape: [], data: new Float64Array([Math.PI]) },
    half: { dtype: 'F16', shape: [3], data: new Float32Array([0.5, 65504, -(2 ** -24)]) },
    bfloat: { dtype: 'BF16', shape: [2], data: new Float32Array([1.5, -Infinity]) },
    long: { dtype: 'I64', shape: [1], data: new BigInt64Array([-(2n ** 60n)]) },
    ulong: { dtype: 'U64', shape: [1], data: new BigUint64Array([2n ** 63n]) },
    int: { dtype: 'I32', shape: [1], data: new Int32Array([-7]) },
    uint: { dtype: 'U32', shape: [1], data: new Uint32Array([4e9]) },
    short: { dtype: 'I16', shape: [1], data: new Int16Array([-300]) },
    ushort: { dtype: 'U16', shape: [1], data: new Uint16Array([65535]) },
    tiny: { dtype: 'I8', shape: [1], data: new Int8Array([-128]) },
    byte: { dtype: 'U8', shape: [3], data: new Uint8Array([0, 1, 255]) },
    mask: { dtype: 'BOOL', shape: [2], data: new Uint8Array([0, 1]) },
    empty: { dtype: 'F32', shape: [0, 5], data: new Float32Array() },
  };

  test('keeps every element type, shape and the metadata', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(all, { format: 'pt', b: 'ü' }));
    expect(tensors).toEqual(all);
    expect(metadata).toEqual({ format: 'pt', b: 'ü' });
  });

  test('reads data that are not aligned, from a buffer that is part of a larger one too', () => {
    const text = JSON.stringify({ a: f32([2], 0, 8) });
    const odd = text.padEnd(text.length + ((6 - (text.length % 4)) % 4));
    const bytes = bytesOf(odd, 8);
    new DataView(bytes.buffer).setFloat32(8 + odd.length, 1.5, true);
    new DataView(bytes.buffer).setFloat32(12 + odd.length, -2, true);
    for (const shift of [0, 1, 2, 3]) {
      const pool = Buffer.alloc(bytes.length + 64, 0xff);
      pool.set(bytes, shift);
      const found = decodeSafetensors(pool.subarray(shift, shift + bytes.length)).tensors['a']!;
      expect(Array.from(found.data as Float32Array)).toEqual([1.5, -2]);
    }
  });

  test('pads the header to 8 bytes and places wide types first, whatever the order given', () => {
    const bytes = encodeSafetensors(all);
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
    const reversed = Object.fromEntries(Object.entries(all).reverse());
    expect(encodeSafetensors(reversed)).toEqual(bytes);
    expect(decodeSafetensors(bytes).tensors['a.weight']!.data.buffer).toBe(bytes.buffer);
  });

  test('reads from any offset of a larger buffer', () => {
    const bytes = encodeSafetensors(all);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).tensors).toEqual(all);
  });

  test('halves round to the nearest even value', () => {
    const round = (dtype: 'F16' | 'BF16', ...values: number[]) =>
      Array.from(
        decodeSafetensors(encodeSafetensors({ x: { dtype, shape: [values.length], data: new Float32Array(values) } })).tensors['x']!.data,
        Number,
      );
    expect(round('F16', 2049, 2051, 65519, 65520, 2 ** -25, 3 * 2 ** -25, 2 ** -14, NaN, -0)).toEqual([
      2048,
      2052,
      65504,
      Infinity,
      0,
      2 ** -23,
      2 ** -14,
      NaN,
      -0,
    ]);
    expect(round('F16', 2047.6, 1 - 2 ** -13)).toEqual([2048, 1]);
    expect(round('BF16', 1 + 2 ** -8, 1 + 3 * 2 ** -8, NaN)).toEqual([1, 1 + 2 ** -6, NaN]);
  });

  test.each([
    ['an empty file', new Uint8Array(), 'must be a safetensors file of 8 bytes at least, got 0 bytes'],
    ['a header longer than the file', bytesOf('{}').fill(9, 0, 1), 'header must end within the file of 10 bytes, got its end at 17'],
    ['a senseless header length', new Uint8Array(16).fill(255), 'header length must be 2 to 100000000 bytes'],
    ['a header that is no JSON', bytesOf('{"a":'), 'header must be UTF-8 JSON'],
    ['a header that is no UTF-8', bytesOf('{"a":1}').fill(0xff, 10, 11), 'header must be UTF-8 JSON'],
    ['a list as header', bytesOf([]), 'header must be a JSON object'],
    ['metadata of numbers', bytesOf({ __metadata__: { a: 1 } }), '__metadata__ must map strings to strings'],
    [
      'the same name twice',
      bytesOf('{"a\\u0062":' + JSON.stringify(f32([1], 0, 4)) + ', "ab" :' + JSON.stringify(f32([1], 0, 4)) + '}', 4),
      'names in the header must be unique, got "ab" twice',
    ],
    ['an unknown dtype', bytesOf({ a: { ...f32([1], 0, 4), dtype: 'F8_E4M3' } }, 4), 'dtype must be one of F64'],
    ['a prototype name as dtype', bytesOf({ a: { ...f32([1], 0, 4), dtype: 'toString' } }, 4), 'dtype must be one of F64'],
    ['a negative size', bytesOf({ a: f32([-1], 0, 4) }, 4), 'shape must be a list of whole numbers from 0'],
    ['offsets backwards', bytesOf({ a: f32([1], 4, 0) }, 4), '[1] of F32 must take 4 bytes, got -4'],
    ['a shape that needs more bytes', bytesOf({ a: f32([3], 0, 8) }, 8), '[3] of F32 must take 12 bytes, got 8'],
    ['overlapping tensors', bytesOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), 'tensor "b": must start at byte'],
    ['a gap', bytesOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), 'tensor "b": must start at byte'],
    ['a truncated last tensor', bytesOf({ a: f32([2], 0, 8) }, 7), 'must end within the file'],
    ['bytes behind the last tensor', bytesOf({ a: f32([1], 0, 4) }, 5), 'must end with the last tensor'],
    ['a tensor that is no object', bytesOf({ a: 1 }), 'must be an object with dtype, shape and data_offsets'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(/^x\.safetensors: /);
  });

  test('refuses to write a shape or type that does not fit the data, and reserved names', () => {
    expect(() => encodeSafetensors({ a: { shape: [2], data: new Float32Array(3) } })).toThrow(
      'tensor "a": shape must describe its 3 values, got [2]',
    );
    expect(() => encodeSafetensors({ a: { dtype: 'F16', shape: [1], data: new Uint16Array(1) } })).toThrow(
      'F16 must be given as Float32Array, got Uint16Array',
    );
    expect(() => encodeSafetensors({ __metadata__: { shape: [0], data: new Float32Array() } })).toThrow('reserved');
  });

  test('a truncated file never decodes, a damaged one decodes or throws a BasinlabError', () => {
    const bytes = encodeSafetensors(all, { a: '1' });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        expect(() => decodeSafetensors(bytes.slice(0, at))).toThrow(expect.objectContaining({ name: 'BasinlabError' }));
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << bit;
        try {
          decodeSafetensors(damaged);
        } catch (error) {
          expect(error).toMatchObject({ name: 'BasinlabError' });
        }
      }),
    );
  });
});
