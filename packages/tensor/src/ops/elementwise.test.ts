import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../gradients/gradients.generated.js';
import { erfInv, gelu } from './index.js';
import { expectClose, expectGradient, noise, numbers } from './tensor-ops.fixture.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('gelu', () => {
  // scipy.stats.norm.cdf(x) * x
  test('equals x Phi(x)', () =>
    expectClose(
      gelu(tf.tensor1d([-5, -1, -0.5, 0, 0.5, 1, 3])),
      [-1.4332579e-6, -0.15865525, -0.15426877, 0, 0.34573123, 0.84134475, 2.9959503],
      1e-6,
    ));
  test('gradient equals differences, also of the gradient', () => {
    const x = tf.mul(noise([7]), 2);
    expectGradient(gelu, x);
    expectGradient((y) => tf.grad(gelu)(y), x);
  });
});

describe('erfInv', () => {
  test('inverts erf', () => {
    const x = tf.linspace(-2, 2, 41);
    expectClose(erfInv(tf.erf(x)), x, 1e-4);
  });
  // scipy.special.erfinv
  test('closed values, ends and outside', () => {
    expectClose(erfInv(tf.tensor1d([0, 0.5, -0.9, 0.999, 1e-6])), [0, 0.47693628, -1.1630871, 2.3267538, 8.8622693e-7], 2e-6);
    expect(numbers(erfInv(tf.tensor1d([1, -1, 1.5])))).toEqual([Infinity, -Infinity, NaN]);
  });
  test('gradient equals differences', () => expectGradient(erfInv, tf.mul(noise([7]), 0.9), 2e-2));
});
