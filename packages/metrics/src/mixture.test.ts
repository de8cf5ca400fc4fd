import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { matchers } from '@basinlab/core/testing/jest';
import type { Split, Variables } from '@basinlab/tensor';
import { keyFromSeed, normal, randomInt } from '@basinlab/tensor/random';
import { barriersOf, lossBarrier } from './barrier.js';
import { planeGrid, planeThrough } from './loss-plane.js';
import { createMixtureEvaluator } from './mixture.js';
import { simplexBarrier, simplexGrid, simplexMidpoint } from './simplex.js';
import { onHost, twoLayerModels } from './two-layer.fixture.js';

expect.extend(matchers);
beforeAll(() => tf.setBackend('cpu'));

const x = normal(keyFromSeed(5), 23 * 3);
const labels = randomInt(keyFromSeed(6), 23, 0, 2);
const split = (): Split => ({ inputs: tf.tensor2d(x, [23, 3]), labels: tf.tensor1d(labels, 'int32') });

describe('mixtures', () => {
  test.each(['map', 'vmap'] as const)('%s evaluates the model at every weight, state included, and keeps no tensor', async (execution) => {
    const { network, models } = twoLayerModels(true, 1, 2, 3);
    const weights = [...simplexGrid(3, 2), [1.5, -1, 0.5]];
    const evaluator = createMixtureEvaluator(network, { batch: 7, execution });
    const data = split();
    const { loss, accuracy } = await evaluator.evaluate(models, weights, data);
    const values = models.map((model) => {
      const all: Record<string, tf.Tensor> = { ...network.effective(model), ...model.state };
      return Object.fromEntries(Object.entries(all).map(([name, tensor]) => [name, tensor.dataSync()]));
    });
    const expected = weights.map((row) =>
      onHost(
        Object.fromEntries(
          Object.entries(values[0]!).map(([name, first]) => [
            name,
            Float64Array.from(first, (_, k) => row.reduce((sum, weight, model) => sum + weight * values[model]![name]![k]!, 0)),
          ]),
        ),
        x,
        labels,
      ),
    );
    expect(loss).toBeAllclose(expected.map((point) => point.loss));
    expect(accuracy).toBeAllclose(expected.map((point) => point.accuracy));
    const before = tf.memory().numTensors;
    await evaluator.evaluate(models, weights, data);
    expect(tf.memory().numTensors).toBe(before);
    evaluator.dispose();
  });
  test('refuses weights that are no mixture', async () => {
    const { network, models } = twoLayerModels(false, 1, 2);
    const evaluator = createMixtureEvaluator(network);
    await expect(evaluator.evaluate(models, [[0.5, 0.4]], split())).rejects.toThrow('mixture: weights that add up to 1, got 0.9');
    await expect(evaluator.evaluate(models, [[1]], split())).rejects.toThrow('mixture: 2 weights per point, one per model, got 1');
    await expect(evaluator.evaluate([], [[1]], split())).rejects.toThrow('mixture: at least one model, got 0');
    evaluator.dispose();
  });
});

describe('simplex', () => {
  test.each([
    [1, 3, 1],
    [2, 4, 5],
    [3, 4, 15],
    [4, 3, 20],
  ])('of %i models in %i divisions has %i points', (models, divisions, count) => {
    const points = simplexGrid(models, divisions);
    expect(points).toHaveLength(count);
    for (const point of points) expect(point.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(new Set(points.map(String)).size).toBe(count);
    expect(simplexMidpoint(models)).toHaveLength(models);
  });
  test('of two models has the loss barrier', () => {
    const losses = [0.4, 0.9, 0.7, 1.1, 0.2];
    const points = losses.map((_, i) => [1 - i / 4, i / 4]);
    expect(simplexBarrier(points, losses, [0.4, 0.2])).toBeCloseTo(lossBarrier(losses), 12);
    expect(simplexBarrier(points, [0.4, 0, 0, 0, 0.2], [0.4, 0.2])).toBe(0);
    expect(simplexBarrier(points, [0.4, NaN, 0, 0, 0.2], [0.4, 0.2])).toBeNaN();
    expect(() => simplexBarrier(points, [1], [1, 1])).toThrow('simplexBarrier: one loss for each of 5 points, got 1');
    expect(() => simplexGrid(3, 0)).toThrow('simplexGrid: a whole number of divisions above 0, got 0');
  });
});

describe('plane', () => {
  const point = (...values: number[]): Variables => ({ params: { p: tf.tensor1d(values) }, state: {}, constants: {} });
  test('puts three models at their distances, and mixes them back', async () => {
    const [a, b, c] = [point(1, 1, 1), point(4, 1, 1), point(2, 3, 1)];
    const plane = await planeThrough(a, b, c);
    expect(plane.corners).toEqual([
      { x: 0, y: 0 },
      { x: 3, y: 0 },
      { x: 1, y: 2 },
    ]);
    const weights = plane.weightsAt({ x: 2, y: -1 });
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    const mixed = [0, 1, 2].map(
      (k) =>
        weights[0] * a.params['p']!.dataSync()[k]! +
        weights[1] * b.params['p']!.dataSync()[k]! +
        weights[2] * c.params['p']!.dataSync()[k]!,
    );
    expect(mixed).toBeAllclose([3, 0, 1]);
    expect(await plane.project(point(3, 0, 5))).toEqual({
      x: expect.closeTo(2, 6),
      y: expect.closeTo(-1, 6),
      distance: expect.closeTo(4, 6),
    });
  });
  test('refuses models on one line', async () => {
    await expect(planeThrough(point(0, 0), point(1, 1), point(3, 3))).rejects.toThrow(
      'planeThrough: three models that do not lie on one line',
    );
  });
  test('grids cover what is shown, with a margin', () => {
    const grid = planeGrid(
      [
        { x: 0, y: 0 },
        { x: 10, y: 5 },
      ],
      3,
      2,
      0.1,
    );
    expect(grid.xs).toBeAllclose([-1, 5, 11]);
    expect(grid.ys).toBeAllclose([-0.5, 5.5]);
    expect(grid.points).toHaveLength(6);
    expect(grid.points[4]).toEqual({ x: 5, y: 5.5 });
    expect(() => planeGrid([], 3, 3)).toThrow('planeGrid: at least one point to show');
  });
});

test('definitions of barriers side by side agree where the ends do, and differ where they should', () => {
  const byId = (losses: number[], accuracies?: number[]): Record<string, number> =>
    Object.fromEntries(barriersOf(losses, accuracies).map(({ id, value }) => [id, value]));
  expect(byId([1, 3, 1], [80, 40, 80])).toEqual({
    'accuracy-below-better-end': -50,
    'loss-above-chord': 2,
    'loss-above-worse-end': 2,
    'midpoint-loss-above-worse-end': 2,
    'midpoint-loss-above-chord': 2,
  });
  expect(byId([1, 4, 2, 3, 3])).toEqual({
    'loss-above-chord': 2.5,
    'loss-above-worse-end': 1,
    'midpoint-loss-above-worse-end': -1,
    'midpoint-loss-above-chord': 0,
  });
  expect(() => barriersOf([1, 2], [1])).toThrow('barriersOf: one accuracy for each of 2 losses, got 1');
});
