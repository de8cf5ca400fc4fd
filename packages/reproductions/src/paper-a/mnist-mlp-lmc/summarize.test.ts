import { describe, expect, test } from '@jest/globals';
import type { PairBarrier } from './results.js';
import { summarize } from './summarize.js';

const barrier = (pair: string, accuracy: number, over: Partial<PairBarrier> = {}): PairBarrier => ({
  network: 'w',
  fixedScale: 1,
  alignment: 'none',
  split: 'test',
  pair,
  accuracy,
  loss: -accuracy / 10,
  ...over,
});

describe('summarize', () => {
  test('averages over pairs with the standard error, accuracy and loss apart', () => {
    const rows = summarize([barrier('1-2', -1), barrier('3-4', -3)]);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toEqual({
      quantity: 'barrier',
      of: 'accuracy',
      split: 'test',
      network: 'w',
      fixedScale: 1,
      alignment: 'none',
      mean: -2,
      standardError: 1,
      pairs: 2,
      paper: null,
    });
    expect(rows[1]).toMatchObject({ of: 'loss', pairs: 2 });
    expect(rows[1]!.mean).toBeCloseTo(0.2, 12);
    expect(rows[1]!.standardError).toBeCloseTo(0.1, 12);
  });

  test('keeps fixed scales, splits and alignments apart; one pair has no error', () => {
    const rows = summarize([
      barrier('1-2', -1),
      barrier('1-2', -2, { fixedScale: 0 }),
      barrier('1-2', -3, { split: 'train' }),
      barrier('1-2', -4, { alignment: 'weight-matching' }),
    ]);
    const accuracy = rows.filter((row) => row.of === 'accuracy');
    expect(accuracy.map((row) => row.mean)).toEqual([-1, -2, -3, -4]);
    expect(accuracy.every((row) => row.standardError === null && row.pairs === 1)).toBe(true);
  });
});
