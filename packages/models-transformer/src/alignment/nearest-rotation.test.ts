import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import { keyFromSeed } from '@basinlab/core';
import { multiplyTransposed, orthonormalColumns, polarFactor, transposed } from '@basinlab/core/linear-algebra';
import { normal } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { nearestRotation } from './nearest-rotation.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const n = 128;
const identity = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
const random = (seed: number): Float64Array => Float64Array.from(normal(keyFromSeed(seed), n * n));
const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** U diag(values) V^T with random U and V. */
function withSingularValues(values: readonly number[]): Float64Array {
  const [u, v] = [1, 2].map((seed) => Float64Array.from(orthonormalColumns(random(seed), n, n)));
  const scaled = u!.map((value, at) => value * values[at % n]!);
  return multiplyTransposed(scaled, v!, n, n, n);
}

const near = Array.from({ length: n }, (_, i) => 1 / (1 + i));
const far = Array.from({ length: n }, (_, i) => 10 ** ((-4 * i) / n));
test.each([
  ['over two decades', near, 1e-4],
  ['over four decades', far, 1e-2],
])('singular values %s', async (_, values, atol) => {
  const matrix = withSingularValues(values);
  const before = tf.memory().numTensors;
  const found = await nearestRotation(matrix, n);
  expect(tf.memory().numTensors).toBe(before);
  const { factor, singularValues } = polarFactor(matrix, n);
  expectAllclose(multiplyTransposed(found, found, n, n, n), identity, { rtol: 0, atol: 1e-9 });
  // Directions of small singular values are less certain in single precision, and worth as little.
  expectAllclose(found, factor, { rtol: 0, atol });
  const best = singularValues.reduce((sum, value) => sum + value, 0);
  expect(best - inner(found, matrix)).toBeLessThan(1e-8 * best);
});

test('of a singular matrix, also of zeros, it is an orthogonal one of greatest trace', async () => {
  for (const values of [near.map((value, i) => (i < 40 ? value : 0)), near.map(() => 0)]) {
    const matrix = withSingularValues(values);
    const found = transposed(await nearestRotation(matrix, n), n, n);
    expectAllclose(multiplyTransposed(found, found, n, n, n), identity, { rtol: 0, atol: 1e-9 });
    const best = values.reduce((sum, value) => sum + value, 0);
    expect(best - inner(transposed(found, n, n), matrix)).toBeLessThanOrEqual(1e-7 * best);
  }
});
