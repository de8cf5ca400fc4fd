import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import './gradients.generated.js';
import './index.js';
import { expectGradient, noise, numbers } from '../ops/tensor-ops.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('operands that broadcast', () => {
  const [a, b] = [noise([2, 1, 3], 1), noise([4, 1], 2)];
  for (const op of [tf.maximum, tf.minimum, tf.squaredDifference]) {
    test(op.name, () => {
      expectGradient((x) => op(x, b), a);
      expectGradient((x) => op(a, x), b);
    });
  }

  // Batches that broadcast both ways, such as [2, 1] with [3], are left out: the `cpu` backend's product itself is wrong there.
  const shapes: [number[], number[]][] = [
    [
      [2, 5, 2, 3],
      [1, 1, 3, 4],
    ],
    [
      [1, 2, 3],
      [4, 3, 2],
    ],
    [
      [5, 2, 3],
      [3, 4],
    ],
    [
      [2, 3],
      [3, 4],
    ],
  ];
  for (const [left, right] of shapes) {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      test(`matMul [${left.join()}] [${right.join()}] ${transposeA} ${transposeB}`, () => {
        const flip = (shape: number[], flipped: boolean): number[] =>
          flipped ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
        const [x, y] = [noise(flip(left, transposeA), 3), noise(flip(right, transposeB), 4)];
        expectGradient((v) => tf.matMul(v, y, transposeA, transposeB), x);
        expectGradient((v) => tf.matMul(x, v, transposeA, transposeB), y);
      });
    }
  }
});

describe('running sums and products', () => {
  const x = tf.add(tf.mul(noise([3, 4, 2], 5), 0.4), 1);
  for (const axis of [0, 1, 2]) {
    for (const [exclusive, reverse] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      test(`along ${axis}, exclusive ${exclusive}, reverse ${reverse}`, () => {
        expectGradient((v) => tf.cumsum(v, axis, exclusive, reverse), x);
        expectGradient((v) => tf.cumprod(v, axis, exclusive, reverse), x);
      });
    }
  }
  test('products over any axes, with zeros', () => {
    for (const axis of [0, -1, [0, 2], undefined]) expectGradient((v) => tf.prod(v, axis), x, 2e-2);
    expect(numbers(tf.grad((v) => tf.prod(v))(tf.tensor1d([2, 0, 3])))).toEqual([0, 6, 0]);
  });
});

describe('indexing', () => {
  test('gather with and without batch axes', () => {
    const at = tf.tensor2d(
      [
        [2, 0, 2],
        [1, 1, 0],
      ],
      [2, 3],
      'int32',
    );
    expectGradient((v) => tf.gather(v, at, 1, 1), noise([2, 4, 3]));
    expectGradient((v) => tf.gather(v, at, 2, 1), noise([2, 2, 3]));
    expectGradient((v) => tf.gather(v, at, 1), noise([2, 3, 2]));
    expectGradient((v) => tf.gather(v, at, -2), noise([3, 2]));
  });
  test('gatherND, scatterND and tensorScatterUpdate', () => {
    const at = tf.tensor2d(
      [
        [0, 1],
        [2, 3],
      ],
      [2, 2],
      'int32',
    );
    expectGradient((v) => tf.gatherND(v, at), noise([3, 4, 2]));
    expectGradient((v) => tf.scatterND(at, v, [3, 4, 2]), noise([2, 2]));
    expectGradient((v) => tf.tensorScatterUpdate(v, at, tf.ones([2])), noise([3, 4]));
    expectGradient((v) => tf.tensorScatterUpdate(tf.ones([3, 4]), at, v), noise([2]));
  });
  test('strided slices, also backwards', () => {
    expectGradient((v) => tf.stridedSlice(v, [0, 1], [5, 6], [2, 3]), noise([5, 6]));
    expectGradient((v) => tf.stridedSlice(v, [4], [0], [-2]), noise([5]));
  });
});

describe('einsum', () => {
  const cases: [string, ...number[][]][] = [
    ['ij,jk->ik', [2, 3], [3, 4]],
    ['bij,bjk->bki', [2, 2, 3], [2, 3, 4]],
    ['ij->ji', [2, 3]],
    ['ij->j', [2, 3]],
    ['ij->', [2, 3]],
    ['ij,ij->', [2, 3], [2, 3]],
    ['i,j->ij', [2], [3]],
    ['bhqd,bhkd->bhqk', [1, 2, 3, 2], [1, 2, 2, 2]],
  ];
  for (const [equation, ...shapes] of cases) {
    test(equation, () => {
      const operands = shapes.map((shape, i) => noise(shape, i + 1));
      operands.forEach((x, i) => expectGradient((v) => tf.einsum(equation, ...operands.with(i, v)), x));
    });
  }
});
