import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expectAllclose } from './allclose.js';
import { matchers } from './jest.js';

expect.extend(matchers);

describe('toBeAllclose', () => {
  test('passes numbers, nested arrays, typed arrays, bigints and tensors within the tolerance', async () => {
    await tf.setBackend('cpu');
    expect(1).toBeAllclose(1 + 1e-6);
    expect([
      [1, 2],
      [3, 4],
    ]).toBeAllclose(tf.tensor2d([1, 2, 3, 4], [2, 2]));
    expect(new Float32Array([1, 2])).toBeAllclose([1, 2]);
    expect(new BigInt64Array([1n, 2n])).toBeAllclose([1, 2]);
    expect([Infinity, -Infinity]).toBeAllclose([Infinity, -Infinity]);
    expect([]).toBeAllclose(new Float32Array());
    expect([1.1]).not.toBeAllclose([1]);
  });

  test('names the first bad index, both values and the largest error', () => {
    const compare = () =>
      expect([
        [1, 2, 3],
        [4, 5, 6],
      ]).toBeAllclose(
        [
          [1, 2, 3.5],
          [4, 7, 6],
        ],
        { rtol: 0, atol: 0.1 },
      );
    expect(compare).toThrow(/2 of 6 values differ by more than 0.1 \+ 0/);
    expect(compare).toThrow(/first at \[0, 2\]: expected 3.5, got 3/);
    expect(compare).toThrow(/largest error 2 at \[1, 1\]: expected 7, got 5/);
  });

  test('NaN differs from a number always and from NaN unless equalNaN is set', () => {
    expect([NaN]).not.toBeAllclose([1]);
    expect([1]).not.toBeAllclose([NaN], { equalNaN: true });
    expect([NaN]).not.toBeAllclose([NaN]);
    expect([NaN]).toBeAllclose([NaN], { equalNaN: true });
    expect(() => expectAllclose([0, 5, NaN], [0, 1, 1])).toThrow('largest error NaN at [2]');
  });

  test('an infinite expectation does not allow everything', () => {
    expect([1]).not.toBeAllclose([Infinity]);
    expect([-Infinity]).not.toBeAllclose([Infinity]);
  });

  test('refuses other lengths and shapes', () => {
    expect(() => expectAllclose([1, 2], [1])).toThrow('expected 1 values ([1]), got 2 ([2])');
    expect(() => expectAllclose([[1], [2]], [[1, 2]])).toThrow('expected shape [1, 2], got [2, 1]');
  });
});
