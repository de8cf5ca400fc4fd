import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import '../gradients/gradients.generated.js';
import { argsort, sort, takeAlongAxis } from './index.js';
import { numbers } from './tensor-ops.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('sort and argsort', () => {
  test('agree with Array.prototype.sort, both ways, ties in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 })), fc.boolean(), (values, descending) => {
        const x = tf.tensor1d(values, 'int32');
        const order = values.map((_, i) => i).sort((p, q) => (descending ? values[q]! - values[p]! : values[p]! - values[q]!));
        expect(numbers(argsort(x, 0, { descending }))).toEqual(order);
        expect(numbers(sort(x, 0, { descending }))).toEqual(order.map((i) => values[i]!));
        expect(sort(x).dtype).toBe('int32');
      }),
      { numRuns: 50 },
    );
  });

  test('sort along an inner axis', () => {
    const x = tf.tensor3d([
      [
        [3, 1],
        [2, 5],
      ],
      [
        [0, -1],
        [-2, 7],
      ],
    ]);
    expect(numbers(sort(x, 1))).toEqual([2, 1, 3, 5, -2, -1, 0, 7]);
    expect(numbers(argsort(x, -2))).toEqual([1, 0, 0, 1, 1, 0, 0, 1]);
  });

  test('NaN is larger than every number', () => {
    const x = tf.tensor1d([NaN, 1, Infinity, -Infinity]);
    expect(numbers(argsort(x))).toEqual([3, 1, 2, 0]);
    expect(numbers(argsort(x, 0, { descending: true }))).toEqual([0, 2, 1, 3]);
  });

  test('the gradient of a sort returns to where values came from', () => {
    const weights = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const loss = (x: tf.Tensor): tf.Scalar => tf.sum(tf.mul(sort(x, 1), weights));
    expect(
      numbers(
        tf.grad(loss)(
          tf.tensor2d([
            [9, 7, 8],
            [1, 1, 0],
          ]),
        ),
      ),
    ).toEqual([3, 1, 2, 5, 6, 4]);
  });

  test('empty tensors and a wrong axis', () => {
    expect(sort(tf.zeros([0, 3]), 0).shape).toEqual([0, 3]);
    expect(argsort(tf.zeros([2, 0])).shape).toEqual([2, 0]);
    expect(() => sort(tf.scalar(1))).toThrow('sort: an axis of a tensor of rank 0, got -1');
  });
});

test('takeAlongAxis undoes and repeats a sort, with gradient', () => {
  const x = tf.tensor3d([
    [
      [3, 1],
      [2, 5],
    ],
    [
      [0, -1],
      [-2, 7],
    ],
  ]);
  for (const axis of [0, 1, 2]) expect(numbers(takeAlongAxis(x, argsort(x, axis), axis))).toEqual(numbers(sort(x, axis)));
  const twice = tf.tensor2d([[0, 0, 1]], [1, 3], 'int32');
  expect(numbers(tf.grad((v) => takeAlongAxis(v, twice))(tf.tensor2d([[5, 6]])))).toEqual([2, 1]);
});
