import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { torchPermutation } from './index.js';

const torch = JSON.parse(readFileSync(new URL('fixtures/torch.json', import.meta.url), 'utf8')) as {
  readonly permutation: { n: number; seed: number; values?: number[]; hash?: number }[];
};

describe('torchPermutation', () => {
  test.each(torch.permutation)('of $n with seed $seed is that of torch', ({ n, seed, values, hash: expected }) => {
    const order = torchPermutation(n, seed);
    if (values !== undefined) expect([...order]).toEqual(values);
    else expect(hash(order)).toBe(expected);
  });
  test('refuses what torch draws otherwise', () => {
    expect(() => torchPermutation(214748364, 0)).toThrow('torchPermutation: a whole number below 214748364, got 214748364');
    expect(() => torchPermutation(3, 0.5)).toThrow('torchPermutation: the seed must be an integer');
  });
});

/** FNV-1a of the bytes. */
function hash(values: Int32Array): number {
  return new Uint8Array(values.buffer).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}
