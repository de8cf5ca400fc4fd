import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/core/testing';
import type { Tensors } from '@basinlab/tensor';
import { symmetricEigenvalues } from '@basinlab/tensor/linear-algebra';
import { keyFromSeed, normal } from '@basinlab/tensor/random';
import { twoLayerModels } from '../two-layer.fixture.js';
import { hessianEigenvalues, hessianOf, hessianOfLoss, hessianTrace } from './index.js';

await tf.setBackend('cpu');
const key = keyFromSeed(7);

/** x . A x / 2 + b . x with A = sum of `values` times projectors: eigenvalues are `values`. */
function quadratic(values: readonly number[]): { f: (params: Tensors) => tf.Tensor; params: Tensors } {
  const n = values.length;
  // A reflection is orthogonal.
  const v = normal(keyFromSeed(1), n);
  const square = v.reduce((sum, value) => sum + value * value, 0);
  const axes = Float32Array.from(
    { length: n * n },
    (_, at) => (at % (n + 1) === 0 ? 1 : 0) - (2 * v[Math.floor(at / n)]! * v[at % n]!) / square,
  );
  const q = tf.tensor2d(axes, [n, n]);
  const matrix = tf.matMul(tf.mul(q, tf.tensor1d([...values])), q, false, true);
  const half = Math.floor(n / 2);
  return {
    f: ({ left, right }) => {
      const x = tf.concat([left!, right!]);
      return tf.add(tf.mul(0.5, tf.sum(tf.mul(x, tf.reshape(tf.matMul(matrix, tf.reshape(x, [n, 1])), [n])))), tf.sum(x));
    },
    params: { left: tf.tensor1d(normal(keyFromSeed(2), half)), right: tf.tensor1d(normal(keyFromSeed(3), n - half)) },
  };
}

describe('of a quadratic function', () => {
  const values = [9, 4, 2, 1, 0.5, 0, -3];

  test('largest eigenvalues, the smallest, and their residuals', async () => {
    const { f, params } = quadratic(values);
    const hessian = hessianOf(f, params);
    const before = tf.memory().numTensors;
    const found = await hessianEigenvalues(hessian, { key, count: 3, tolerance: 1e-6 });
    expectAllclose([...found.largest], [9, 4, 2], { rtol: 0, atol: 1e-4 });
    expect(found.smallest).toBeCloseTo(-3, 4);
    expect(found.converged).toBe(true);
    expect(found.steps).toBeLessThanOrEqual(7);
    const few = await hessianEigenvalues(hessian, { key, steps: 2 });
    expect(few).toMatchObject({ steps: 2, converged: false });
    expect(few.residuals[0]).toBeGreaterThanOrEqual(Math.min(...values.map((value) => Math.abs(value - few.largest[0]!))) - 1e-5);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('the trace is within its standard error; the same key gives the same estimate', async () => {
    const { f, params } = quadratic(values);
    const hessian = hessianOf(f, params);
    const before = tf.memory().numTensors;
    const found = await hessianTrace(hessian, { key, probes: 50 });
    expect(Math.abs(found.trace - 13.5)).toBeLessThan(4 * found.standardError);
    expect(found.standardError).toBeLessThan(2);
    expect(await hessianTrace(hessian, { key, probes: 50 })).toEqual(found);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a diagonal Hessian needs one probe; a linear function has none at all', async () => {
    const weights = tf.tensor1d([1, 2, 5]);
    const params = { x: tf.tensor1d([1, 1, 1]) };
    const diagonal = await hessianTrace(
      hessianOf(({ x }) => tf.sum(tf.mul(weights, tf.square(x!))), params),
      { key, probes: 3 },
    );
    expect(diagonal.trace).toBeCloseTo(16, 5);
    expect(diagonal.standardError).toBeCloseTo(0, 5);
    const linear = hessianOf(({ x }) => tf.sum(tf.mul(weights, x!)), params);
    expect(await hessianTrace(linear, { key, probes: 2 })).toEqual({ trace: 0, standardError: 0, probes: 2 });
    expect(await hessianEigenvalues(linear, { key })).toEqual({ largest: [0], residuals: [0], smallest: 0, steps: 1, converged: true });
  });

  test('impossible requests are refused', async () => {
    const { f, params } = quadratic(values);
    await expect(hessianTrace(hessianOf(f, params), { key, probes: 0 })).rejects.toThrow('hessianTrace: at least one probe, got 0');
    await expect(hessianEigenvalues(hessianOf(f, params), { key, count: 5, steps: 4 })).rejects.toThrow(
      'hessianEigenvalues: at least 5 steps, got 4',
    );
  });
});

test('of logistic regression: the closed form X^T diag(p (1 - p)) X / n', async () => {
  const [n, d] = [12, 4];
  const x = normal(keyFromSeed(5), n * d);
  const w = normal(keyFromSeed(6), d);
  const inputs = tf.tensor2d(x, [n, d]);
  const y = tf.tensor1d(Float32Array.from({ length: n }, (_, i) => i % 2));
  const loss = ({ weight }: Tensors): tf.Tensor => {
    const logits = tf.reshape(tf.matMul(inputs, tf.reshape(weight!, [d, 1])), [n]);
    return tf.mean(tf.sub(tf.softplus(logits), tf.mul(y, logits)));
  };
  const hessian = hessianOf(loss, { weight: tf.tensor1d(w) });
  const exact = Float64Array.from({ length: d * d }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let z = 0;
      for (let k = 0; k < d; k++) z += x[i * d + k]! * w[k]!;
      const p = 1 / (1 + Math.exp(-z));
      sum += (p * (1 - p) * x[i * d + Math.floor(at / d)]! * x[i * d + (at % d)]!) / n;
    }
    return sum;
  });
  for (let k = 0; k < d; k++) {
    const product = hessian.product({ weight: tf.tensor1d(Float32Array.from({ length: d }, (_, i) => (i === k ? 1 : 0))) });
    expectAllclose(product['weight']!.dataSync(), exact.slice(k * d, (k + 1) * d), { rtol: 1e-4, atol: 1e-6 });
  }
  const [largest] = (await hessianEigenvalues(hessian, { key, tolerance: 1e-6 })).largest;
  expect(largest).toBeCloseTo(symmetricEigenvalues(exact, d)[0]!, 5);
});

test('of a network: batches add up, entries that a mask holds fixed have zeros, and products are symmetric', async () => {
  const { network, models } = twoLayerModels(true, 1);
  const split = {
    inputs: tf.tensor2d(normal(keyFromSeed(4), 33), [11, 3]),
    labels: tf.tensor1d([0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1], 'int32'),
  };
  const [whole, parts] = [hessianOfLoss(network, models[0]!, split), hessianOfLoss(network, models[0]!, split, { batch: 4 })];
  const random = (seed: number): Tensors =>
    Object.fromEntries(
      Object.entries(whole.shapes).map(([name, shape], i) => [
        name,
        tf.tensor(normal(keyFromSeed(seed + i), shape[0]! * shape[1]!), [...shape]),
      ]),
    );
  const [u, v] = [random(20), random(30)];
  const [product, again] = [whole.product(u), parts.product(u)];
  for (const name of Object.keys(product)) expectAllclose(again[name]!.dataSync(), product[name]!.dataSync(), { rtol: 1e-4, atol: 1e-6 });
  expectAllclose(tf.slice(product['first']!, [0, 0], [1, -1]).dataSync(), [0, 0, 0, 0]);
  const along = (a: Tensors, b: Tensors): number =>
    Object.keys(a).reduce((sum, name) => sum + tf.sum(tf.mul(a[name]!, b[name]!)).dataSync()[0]!, 0);
  expect(along(v, product)).toBeCloseTo(along(u, whole.product(v)), 4);
  expect(() => hessianOfLoss(network, models[0]!, { inputs: tf.zeros([0, 3]), labels: tf.zeros([0]) })).toThrow(
    'hessian: at least one sample',
  );
  const before = tf.memory().numTensors;
  tf.dispose(parts.product(u));
  expect(tf.memory().numTensors).toBe(before);
});
