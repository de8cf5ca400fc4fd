import { describe, expect, test } from '@jest/globals';
import type { SummaryRow } from '@basinlab/core';
import { transformerBarriers } from './transformer-barriers.js';
import { barrierQuantity, forEachNetwork, transformerScale } from './transformers.js';

const row = (network: string, alignment: string, mean: number): SummaryRow => ({
  ...{ quantity: barrierQuantity, network, alignment, mean, standardError: null, paper: null },
});
const alignments = ['none', 'activation matching', 'weight matching', 'learned', 'learned, permutations only'];
const rowsOf = (network: string, barriers: readonly number[]): SummaryRow[] =>
  barriers.map((barrier, at) => row(network, alignments[at]!, barrier));
const verdicts = (rows: readonly SummaryRow[]) =>
  transformerBarriers.claims.map(({ check }) => check({ rows, tables: {} }, transformerScale('small')).holds);

describe('the statements of table 2', () => {
  const good = [2, 1, 0.5, 0.1, 0.4];
  test('hold where barriers fall in its order, for both networks', () => {
    expect(verdicts([...rowsOf('gpt2', good), ...rowsOf('vit', good)])).toEqual([true, true, true]);
  });

  test.each([
    ['activations no better than nothing', [2, 2, 0.5, 0.1, 0.4], [false, true, true]],
    ['more than a tenth left', [2, 1, 0.5, 0.3, 0.4], [true, false, true]],
    ['permutations as good as rotations', [2, 1, 0.5, 0.1, 0.1], [true, true, false]],
  ])('fail where one network has %s', (_, barriers, expected) => {
    expect(verdicts([...rowsOf('gpt2', good), ...rowsOf('vit', barriers)])).toEqual(expected);
  });

  test('cannot be compared where nothing was measured; one network that was not does not count', () => {
    expect(verdicts([])).toEqual([null, null, null]);
    expect(verdicts([...rowsOf('gpt2', good), ...rowsOf('vit', [1, 2])])).toEqual([true, true, true]);
  });
});

test('what was found is told for each network, a missing number too', () => {
  const numbers = { gpt2: [1, undefined], vit: [0.25, 0.5] } as Record<string, (number | undefined)[]>;
  expect(
    forEachNetwork(
      (network) => numbers[network]!,
      ([a, b]) => a! < b!,
    ),
  ).toEqual({ ours: 'gpt2 1.000, not measured; vit 0.250, 0.500', holds: true });
});
