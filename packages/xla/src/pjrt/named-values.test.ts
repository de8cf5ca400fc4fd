import { describe, expect, test } from '@jest/globals';
import { addressOf } from './memory.js';
import { decodeNamedValues, encodeNamedValues } from './named-values.js';

describe('named values', () => {
  test('come back as they were given, by kind', () => {
    const values = {
      allocator: 'bfc',
      cpu_device_count: 4,
      preallocate: false,
      memory_fraction: 1,
      share: 0.25,
      visible_devices: [0, 3],
      empty: '',
    };
    const { bytes, count, references } = encodeNamedValues(values);
    expect(decodeNamedValues(addressOf(bytes), count)).toEqual(values);
    expect(references.length).toBeGreaterThan(count);
  });

  test('have the layout of the C struct', () => {
    const { bytes } = encodeNamedValues({ preallocate: true, memory_fraction: 1 });
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(2 * 56);
    expect(view.getBigUint64(0, true)).toBe(56n);
    expect(view.getBigUint64(24, true)).toBe(BigInt('preallocate'.length));
    expect(view.getInt32(32, true)).toBe(4); // kBool
    expect(view.getUint8(40)).toBe(1);
    expect(view.getInt32(56 + 32, true)).toBe(3); // kFloat, although the number is whole
    expect(view.getFloat32(56 + 40, true)).toBe(1);
  });

  test('refuse numbers that no kind holds', () => {
    expect(() => encodeNamedValues({ share: NaN })).toThrow('share: a finite number');
    expect(() => encodeNamedValues({ visible_devices: [0.5] })).toThrow('visible_devices: a list of whole numbers');
  });
});
