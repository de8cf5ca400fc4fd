import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../gradients/gradients.generated.js';
import { cholesky, diagonalOnly, lowerTriangle, triangularSolve, upperTriangle } from './index.js';
import { expectClose, expectGradient, noise, numbers } from './tensor-ops.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Symmetric positive definite matrices made of any matrices. */
const definite = (x: tf.Tensor): tf.Tensor => tf.add(tf.matMul(x, x, false, true), tf.eye(x.shape[x.rank - 1]!));

describe('cholesky', () => {
  test('L L^T gives the matrices back and L is lower triangular', () => {
    const x = definite(noise([2, 3, 4, 4]));
    const factor = cholesky(x);
    expectClose(tf.matMul(factor, factor, false, true), x);
    expect(numbers(tf.sub(factor, tf.linalg.bandPart(factor, -1, 0))).every((v) => v === 0)).toBe(true);
  });

  test('gradient equals differences, through the symmetric part', () => expectGradient((x) => cholesky(definite(x)), noise([2, 3, 3], 3)));

  test('log-determinant has gradient x^-1', () => {
    const x = tf.tensor2d([
      [2, 0.5],
      [0.5, 1],
    ]);
    const diagonal = (l: tf.Tensor): tf.Tensor => tf.sum(tf.mul(l, tf.eye(2)), -1);
    expectClose(tf.grad((s) => tf.mul(2, tf.sum(tf.log(diagonal(cholesky(s))))))(x), [1 / 1.75, -0.5 / 1.75, -0.5 / 1.75, 2 / 1.75]);
  });

  test('a matrix that is not positive definite gives NaN, the others of its batch stay', () => {
    const factor = cholesky(
      tf.tensor3d([
        [
          [1, 2],
          [2, 1],
        ],
        [
          [4, 0],
          [0, 9],
        ],
      ]),
    );
    expect(numbers(factor)).toEqual([NaN, NaN, NaN, NaN, 2, 0, 0, 3]);
  });

  test('accepts no matrices and refuses ones that are not square', () => {
    expect(cholesky(tf.zeros([0, 3, 3])).shape).toEqual([0, 3, 3]);
    expect(() => cholesky(tf.zeros([2, 3]))).toThrow('cholesky: a tensor of shape [..., n, n], got [2,3]');
  });
});

describe('triangularSolve', () => {
  for (const lower of [true, false]) {
    for (const transpose of [true, false]) {
      for (const unitDiagonal of [true, false]) {
        const options = { lower, transpose, unitDiagonal };
        test(`solves and differentiates with ${JSON.stringify(options)}`, () => {
          const a = tf.add(noise([2, 3, 3], 5), tf.mul(3, tf.eye(3)));
          const b = noise([2, 3, 2], 6);
          let used = lower ? tf.linalg.bandPart(a, -1, 0) : tf.linalg.bandPart(a, 0, -1);
          if (unitDiagonal) used = tf.add(tf.sub(used, tf.linalg.bandPart(used, 0, 0)), tf.eye(3));
          expectClose(tf.matMul(used, triangularSolve(a, b, options), transpose), b);
          expectGradient((x) => triangularSolve(x, b, options), a);
          expectGradient((x) => triangularSolve(a, x, options), b);
        });
      }
    }
  }

  test('broadcasts leading axes and sums their gradient', () => {
    const a = tf.tensor2d([
      [2, 0],
      [1, 4],
    ]);
    const b = tf.ones([3, 2, 1]);
    expectClose(triangularSolve(a, b), [0.5, 0.125, 0.5, 0.125, 0.5, 0.125]);
    expectGradient((x) => triangularSolve(x, b), a);
  });

  test('refuses shapes that do not fit', () => {
    expect(() => triangularSolve(tf.zeros([2, 2]), tf.zeros([3, 1]))).toThrow('triangularSolve: b of shape [..., 2, m], got [3,1]');
  });
});

describe('triangles', () => {
  const x = tf.tensor3d([
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ]);
  test('keep one side of every matrix', () => {
    expect(numbers(lowerTriangle(x))).toEqual([1, 0, 0, 4, 5, 0]);
    expect(numbers(lowerTriangle(x, 1))).toEqual([1, 2, 0, 4, 5, 6]);
    expect(numbers(upperTriangle(x))).toEqual([1, 2, 3, 0, 5, 6]);
    expect(numbers(upperTriangle(x, 1))).toEqual([0, 2, 3, 0, 0, 6]);
    expect(numbers(diagonalOnly(x))).toEqual([1, 0, 0, 0, 5, 0]);
  });
  test('keep the dtype and differentiate', () => {
    expect(lowerTriangle(tf.ones([2, 2], 'int32')).dtype).toBe('int32');
    expect(numbers(tf.grad((v) => upperTriangle(v, 1))(x))).toEqual([0, 1, 1, 0, 0, 1]);
  });
});
