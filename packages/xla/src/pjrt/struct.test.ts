import { describe, expect, test } from '@jest/globals';
import { addressOf, readMemory, readText } from './memory.js';
import { Block, layout } from './struct.js';
import { bufferFromHostArgs, clientCreateArgs, compileArgs, executeArgs, executeOptions, memoryStatsArgs, toHostArgs } from './structs.js';

describe('struct layout', () => {
  test('aligns fields as C does', () => {
    const { size, fields } = layout({ a: 'pointer', b: 'bool', c: 'int32', d: 'bool', e: 'int64', f: 'bool' });
    expect(Object.values(fields).map(({ offset }) => offset)).toEqual([16, 24, 28, 32, 40, 48]);
    expect(size).toBe(49);
  });

  test('gives the struct sizes of pjrt_c_api.h', () => {
    const sizes = [clientCreateArgs, compileArgs, bufferFromHostArgs, toHostArgs, executeOptions, executeArgs, memoryStatsArgs].map(
      ({ size }) => size,
    );
    expect(sizes).toEqual([88, 56, 120, 56, 120, 80, 185]);
  });

  test('blocks start with their size and hold addresses of what they reference', () => {
    const block = new Block(layout({ text: 'pointer', length: 'size' }));
    const text = new TextEncoder().encode('neurons');
    block.set({ text, length: text.length });
    expect(new DataView(block.bytes.buffer).getBigUint64(0, true)).toBe(32n);
    expect(readText(block.address('text'), block.number('length'))).toBe('neurons');
    expect(addressOf(text.subarray(2))).toBe(addressOf(text) + 2n);
    expect([...readMemory(addressOf(text), 2)]).toEqual([110, 101]);
  });
});
