import { describe, expect, test } from '@jest/globals';
import { encodeCompileOptions } from './compile-options.js';
import { bytesField, doubleField, varintField } from './protobuf.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('protocol buffers', () => {
  // Examples of the encoding guide of protocol buffers.
  test('varints are little groups of seven bits', () => {
    expect(hex(varintField(1, 150))).toBe('089601');
    expect(hex(varintField(1, -2))).toBe('08feffffffffffffffff01');
    expect(hex(varintField(16, true))).toBe('800101');
  });

  test('text and messages carry their length', () => {
    expect(hex(bytesField(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(bytesField(3, varintField(1, 150)))).toBe('1a03089601');
  });

  test('floats take eight bytes', () => {
    expect(hex(doubleField(1, 1))).toBe('09000000000000f03f');
  });
});

describe('compile options', () => {
  test('ask for one replica on any device', () => {
    expect(hex(encodeCompileOptions())).toBe('1a0f08ffffffffffffffffff0120012801');
  });

  test('name the device twice: as ordinal and as assignment', () => {
    const assignment = '0801' + '1001' + '1a02' + '0803';
    expect(hex(encodeCompileOptions({ devices: [3] }))).toBe('1a10' + '0803' + '2001' + '2801' + '4a08' + assignment);
  });

  test('ask for a replica on each of several devices', () => {
    const assignment = '0802' + '1001' + '1a04' + '0803' + '0801';
    expect(hex(encodeCompileOptions({ devices: [3, 1] }))).toBe('1a12' + '0803' + '2002' + '2801' + '4a0a' + assignment);
  });

  test('put each flag into the map by its kind', () => {
    const entry = (key: string, value: string) => {
      const body = `0a${key.length.toString(16).padStart(2, '0')}${Buffer.from(key).toString('hex')}12${(value.length / 2).toString(16).padStart(2, '0')}${value}`;
      return `3a${(body.length / 2).toString(16).padStart(2, '0')}${body}`;
    };
    const flags = { text: 'ab', flag: true, whole: 5, part: 1.5 };
    const [plain, all] = [hex(encodeCompileOptions()), hex(encodeCompileOptions({ envOptionOverrides: flags }))];
    expect(all).toBe(
      plain + entry('text', '0a026162') + entry('flag', '1001') + entry('whole', '1805') + entry('part', '21000000000000f83f'),
    );
  });
});
