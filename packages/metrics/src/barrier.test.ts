import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evenly } from '@basinlab/tensor';
import { accuracyBarrier, lossBarrier, midpointLossBarrier, peakLossBarrier } from './barrier.js';
import { isLinear } from './linearity.js';

describe('accuracyBarrier', () => {
  test('is the deepest point relative to the larger endpoint, in percent', () => {
    expect(accuracyBarrier([80, 60, 100])).toBe(-40);
    expect(accuracyBarrier([0.5, 0.5, 0.5])).toBe(0);
    expect(accuracyBarrier(Float64Array.from([100, 100]))).toBe(0);
  });

  test('counts a worse endpoint as part of the path, and is 0 where nothing is ever right', () => {
    expect(accuracyBarrier([50, 100])).toBe(-50);
    expect(accuracyBarrier([0, 0, 0])).toBe(0);
    expect(accuracyBarrier([42])).toBe(0);
  });

  test('is never positive', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 }), (path) => accuracyBarrier(path) <= 0));
  });

  test('is NaN where a point is, and refuses an empty path', () => {
    expect(accuracyBarrier([90, NaN, 90])).toBeNaN();
    expect(() => accuracyBarrier([])).toThrow('accuracyBarrier: a path of at least one point, got 0');
  });
});

describe('loss barriers', () => {
  test('measure the excess over the straight line, over the larger endpoint and at the middle', () => {
    const losses = [1, 2, 2];
    expect(lossBarrier(losses)).toBe(0.5);
    expect(peakLossBarrier(losses)).toBe(0);
    expect(midpointLossBarrier([1, 0.25, 2])).toBe(-1.75);
    expect(lossBarrier([1, 3, 1], [0, 0.25, 1])).toBe(2);
  });

  test('a straight line of losses has none, however steep', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (a, b, n) => {
          expect(lossBarrier(evenly(n + 1).map((lambda) => (1 - lambda) * a + lambda * b))).toBeCloseTo(0, 12);
        },
      ),
    );
  });

  test('the excess over the line is at least 0; a single point has none; NaN shows', () => {
    expect(lossBarrier([2, 1, 2])).toBe(0);
    expect(lossBarrier([2])).toBe(0);
    expect(lossBarrier([1, NaN, 1])).toBeNaN();
    expect(() => lossBarrier([1, 2, 3], [0, 1])).toThrow('lossBarrier: one lambda for each of 3 losses, got 2');
  });
});

describe('isLinear', () => {
  test('compares the point at floor(n / 2) with the mean of the endpoints, strictly', () => {
    expect(isLinear([90, 95.4, 100])).toBe(true);
    expect(isLinear([90, 94.5, 100])).toBe(false);
    expect(isLinear([90, 0, 95, 100])).toBe(true);
    expect(isLinear([0, 4, 10], 2)).toBe(true);
  });

  test('a path without a middle is linear', () => {
    expect(isLinear([0, 100])).toBe(true);
  });
});
