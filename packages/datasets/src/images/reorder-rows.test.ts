import { expect, test } from '@jest/globals';
import { torchPermutation } from '@basinlab/core/random';
import { reorderRows } from './reorder-rows.js';

test.each([0, 1, 2, 7, 100])('%i rows come in the order asked for', (count) => {
  const bytes = Uint8Array.from({ length: 3 * count }, (_, i) => i % 251);
  const order = torchPermutation(count, 5);
  const expected = Array.from(order).flatMap((row) => Array.from(bytes.subarray(3 * row, 3 * row + 3)));
  reorderRows(bytes, 3, order);
  expect(Array.from(bytes)).toEqual(expected);
});
