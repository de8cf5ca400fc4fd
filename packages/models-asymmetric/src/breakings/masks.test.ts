import { describe, expect, test } from '@jest/globals';
import { keyFromSeed } from '@basinlab/core/random';
import { drawSubsets, enumerateSubsets, expandChannels, maskFrom } from './masks.js';

describe('enumerateSubsets', () => {
  test('goes from few positions to many, in lexicographic order', () => {
    expect(enumerateSubsets(8, 3, 0)).toEqual([[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]);
    expect(enumerateSubsets(3, 4, 2)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
  });
});

test('drawSubsets gives distinct positions, independent of how many rows follow', () => {
  const rows = drawSubsets(keyFromSeed(1), 50, 10, 4);
  for (const row of rows) {
    expect(new Set(row).size).toBe(4);
    expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...row)).toBeLessThan(10);
  }
  expect(new Set(rows.map((row) => [...row].sort().join())).size).toBeGreaterThan(30);
  expect(drawSubsets(keyFromSeed(1), 3, 10, 4)).toEqual(rows.slice(0, 3));
});

test('a mask is zero at the given positions, and channels cover all their taps', () => {
  expect(Array.from(maskFrom([[1], [], [0, 2]], 3))).toEqual([1, 0, 1, 1, 1, 1, 0, 1, 0]);
  expect(expandChannels([0, 2], 2)).toEqual([0, 1, 4, 5]);
});
