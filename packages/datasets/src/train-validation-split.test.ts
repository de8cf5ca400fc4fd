import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { trainValidationSplit } from './index.js';

interface Expected {
  readonly total: number;
  readonly fraction: number;
  readonly seed: number;
  /** The first eight of each part. */
  readonly train: number[];
  readonly validation: number[];
  readonly trainSize: number;
  readonly validationSize: number;
  readonly trainHash: number;
  readonly validationHash: number;
}

const { splits } = JSON.parse(readFileSync(new URL('fixtures/torch-split.json', import.meta.url), 'utf8')) as { splits: Expected[] };

describe('trainValidationSplit', () => {
  test.each(splits)('of $total with seed $seed is torch.utils.data.random_split', (expected) => {
    const { train, validation } = trainValidationSplit(expected.total, expected.fraction, expected.seed);
    expect([train.length, validation.length]).toEqual([expected.trainSize, expected.validationSize]);
    expect([...train.subarray(0, 8)]).toEqual(expected.train);
    expect([...validation.subarray(0, 8)]).toEqual(expected.validation);
    expect([hash(train), hash(validation)]).toEqual([expected.trainHash, expected.validationHash]);
  });
  test('parts are disjoint and complete', () => {
    const { train, validation } = trainValidationSplit(1000, 0.3, 5);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });
  test('defaults to a tenth and seed 42', () => {
    expect(trainValidationSplit(100)).toEqual(trainValidationSplit(100, 0.1, 42));
  });
  test('refuses a fraction outside [0, 1]', () => {
    expect(() => trainValidationSplit(10, 1.1)).toThrow('trainValidationSplit: a fraction in [0, 1], got 1.1');
  });
});

/** FNV-1a of the bytes. */
function hash(values: Int32Array): number {
  return (
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).reduce(
      (sum, byte) => Math.imul(sum ^ byte, 0x01000193),
      0x811c9dc5,
    ) >>> 0
  );
}
