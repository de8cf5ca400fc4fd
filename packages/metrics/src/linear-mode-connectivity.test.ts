import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { matchers } from '@basinlab/core/testing/jest';
import type { Split, Variables } from '@basinlab/tensor';
import { keyFromSeed, normal, randomInt } from '@basinlab/tensor/random';
import { effectiveParameters, l2Distance, modelDistance } from './distance.js';
import { average, interpolate } from './interpolation.js';
import { createConnectivityEvaluator, linearModeConnectivity } from './linear-mode-connectivity.js';
import { onHost, twoLayerModels } from './two-layer.fixture.js';

expect.extend(matchers);
beforeAll(() => tf.setBackend('cpu'));

const x = normal(keyFromSeed(5), 23 * 3);
const labels = randomInt(keyFromSeed(6), 23, 0, 2);
const split = (): Split => ({ inputs: tf.tensor2d(x, [23, 3]), labels: tf.tensor1d(labels, 'int32') });

/** Loss and accuracy at every point, mixing what the two models hold with plain numbers. */
function expectedPath(a: Variables, b: Variables, effective: (v: Variables) => Record<string, tf.Tensor>, points: number) {
  const [left, right] = [a, b].map((v) => {
    const all: Record<string, tf.Tensor> = { ...effective(v), ...v.state };
    return Object.fromEntries(Object.entries(all).map(([name, tensor]) => [name, tensor.dataSync()]));
  }) as [Record<string, Float32Array>, Record<string, Float32Array>];
  return Array.from({ length: points }, (_, i) => {
    const lambda = i / (points - 1);
    const mixed = Object.fromEntries(
      Object.entries(left).map(([name, values]) => [
        name,
        Float64Array.from(values, (value, k) => (1 - lambda) * value + lambda * right[name]![k]!),
      ]),
    );
    return onHost(mixed, x, labels);
  });
}

describe.each([
  ['free', false],
  ['with fixed weights', true],
])('linear mode connectivity, %s', (_, fix) => {
  test.each([
    ['map' as const, 7],
    ['map' as const, 23],
    ['map' as const, 100],
    ['vmap' as const, 7],
  ])('%s with batches of %d gives loss and accuracy of the interpolated model, state included', async (execution, batch) => {
    const { network, models } = twoLayerModels(fix, 1, 2);
    const [a, b] = models as [Variables, Variables];
    const { splits, lambdas } = await linearModeConnectivity(network, a, b, { test: split() }, { steps: 4, batch, execution });
    const expected = expectedPath(a, b, network.effective, 5);
    expect(lambdas).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(splits.test.loss).toBeAllclose(expected.map(({ loss }) => loss));
    expect(splits.test.accuracy).toBeAllclose(expected.map(({ accuracy }) => accuracy));
  });

  test.each(['map', 'vmap'] as const)('recomputes statistics at every point where asked to (%s)', async (execution) => {
    const { network, models } = twoLayerModels(fix, 1, 2);
    const [a, b] = models as [Variables, Variables];
    const seen = split();
    const options = { steps: 2, execution, statistics: 'recompute', statisticsOf: seen, batch: 23 } as const;
    const { splits } = await linearModeConnectivity(network, a, b, { test: seen }, options);
    const state = { mean: tf.mean(seen.inputs, 0) };
    const expected = expectedPath({ ...a, state }, { ...b, state }, network.effective, 3);
    expect(splits.test.loss).toBeAllclose(expected.map(({ loss }) => loss));
    expect(splits.test.accuracy).toBeAllclose(expected.map(({ accuracy }) => accuracy));
  });

  test('constants that two models do not share are interpolated too', async () => {
    const { network, models } = twoLayerModels(fix, 1, 2);
    const [a, b] = models as [Variables, Variables];
    const copy = { ...b, constants: Object.fromEntries(Object.entries(b.constants).map(([name, c]) => [name, tf.clone(c)])) };
    const paths = await Promise.all([b, copy].map((other) => linearModeConnectivity(network, a, other, { test: split() }, { steps: 2 })));
    expect(paths[1]!.splits.test.loss).toBeAllclose([...paths[0]!.splits.test.loss]);
  });
});

describe('a connectivity evaluator', () => {
  test('a path from a model to itself is flat, without barriers or distance', async () => {
    const { network, models } = twoLayerModels(true, 3);
    const found = await linearModeConnectivity(network, models[0]!, models[0]!, { test: split() });
    expect(found).toMatchObject({ distance: 0, normalised: 0 });
    expect(found.splits.test).toMatchObject({ accuracyBarrier: 0, linear: true });
    expect(found.splits.test.lossBarrier).toBeLessThan(1e-6);
  });

  test('serves many pairs and splits without keeping a tensor', async () => {
    const { network, models } = twoLayerModels(true, 1, 2, 3);
    const splits = {
      train: split(),
      test: { inputs: tf.tensor2d(x.slice(0, 30), [10, 3]), labels: tf.tensor1d(labels.slice(0, 10), 'int32') },
    };
    const evaluator = createConnectivityEvaluator(network, { steps: 2, batch: 4 });
    const before = tf.memory().numTensors;
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const)
      await evaluator.measure(models[i]!, models[j]!, splits);
    expect(tf.memory().numTensors).toBe(before);
    evaluator.dispose();
  });

  test('follows the task of the data', async () => {
    const { network, models } = twoLayerModels(false, 1, 2);
    const [a, b] = models as [Variables, Variables];
    const { inputs } = split();
    const marks = tf.tensor2d(
      normal(keyFromSeed(8), 46).map((value) => (value > 0 ? 1 : 0)),
      [23, 2],
    );
    const outputs = network.apply(a, inputs).logits;
    const right = tf.mean(tf.cast(tf.equal(tf.greater(outputs, 0), tf.greater(marks, 0)), 'float32')).dataSync()[0]!;
    const several = await linearModeConnectivity(network, a, b, { test: { inputs, labels: marks } }, { steps: 2, task: 'multi-label' });
    expect(several.splits.test.accuracy[0]).toBeCloseTo(100 * right, 4);
    expect(several.splits.test.loss[0]).toBeAllclose(tf.mean(tf.sub(tf.softplus(outputs), tf.mul(outputs, marks))).dataSync()[0]!);
    const values = await linearModeConnectivity(network, a, b, { test: { inputs, labels: marks } }, { steps: 2, task: 'regression' });
    expect(values.splits.test.loss[0]).toBeAllclose(tf.mean(tf.square(tf.sub(outputs, marks))).dataSync()[0]!);
    expect(values.splits.test).toMatchObject({ accuracy: [NaN, NaN, NaN], accuracyBarrier: NaN, linear: false });
  });

  test('refuses to recompute statistics from nothing', () => {
    expect(() => createConnectivityEvaluator(twoLayerModels(false).network, { statistics: 'recompute' })).toThrow(
      'statisticsOf, the split to recompute statistics from, got none',
    );
  });

  test('refuses a path without steps', () => {
    expect(() => createConnectivityEvaluator(twoLayerModels(false).network, { steps: 0 })).toThrow(
      'linear-mode-connectivity: at least one step, got 0',
    );
  });
});

describe('distance', () => {
  test('covers parameters and state and is normalised by the parameters that have an effect', async () => {
    const { models } = twoLayerModels(true, 1, 2);
    const [a, b] = models as [Variables, Variables];
    let square = 0;
    for (const part of ['params', 'state'] as const) {
      for (const [name, tensor] of Object.entries(a[part])) {
        const other = b[part][name]!.dataSync();
        tensor.dataSync().forEach((value, k) => (square += (value - other[k]!) ** 2));
      }
    }
    const found = await modelDistance(a, b);
    expect(found.distance).toBeAllclose(Math.sqrt(square));
    // 12 + 8 weights less the first row of each, 4 + 2.
    expect(found.parameters).toBe(14);
    expect(found.normalised).toBeAllclose(Math.sqrt(square / 14));
  });

  test('counts every parameter where nothing is fixed, and refuses other names', async () => {
    const { models } = twoLayerModels(false, 1);
    expect(await effectiveParameters(models[0]!)).toBe(20);
    await expect(l2Distance(models[0]!.params, models[0]!.state)).rejects.toThrow('distance: tensors first, second on both sides');
  });
});

describe('interpolation', () => {
  test('the average of two models is their midpoint', () => {
    const { models } = twoLayerModels(true, 1, 2);
    const [a, b] = models as [Variables, Variables];
    const [mean, middle] = [average(models), interpolate(a, b, tf.scalar(0.5))];
    for (const part of ['params', 'state', 'constants'] as const) {
      for (const name of Object.keys(a[part])) expect(mean[part][name]!).toBeAllclose(middle[part][name]!);
    }
  });

  test('the endpoints are the models themselves, bit by bit', () => {
    const { models } = twoLayerModels(false, 1, 2);
    const [a, b] = models as [Variables, Variables];
    expect(interpolate(a, b, tf.scalar(0)).params['first']!.dataSync()).toEqual(a.params['first']!.dataSync());
    expect(interpolate(a, b, tf.scalar(1)).params['first']!.dataSync()).toEqual(b.params['first']!.dataSync());
  });

  test('refuses no model, and models with other tensors', () => {
    expect(() => average([])).toThrow('average: at least one model, got 0');
    const { models } = twoLayerModels(false, 1);
    expect(() => interpolate(models[0]!, { ...models[0]!, state: {} }, tf.scalar(0))).toThrow(
      'mixture: a tensor mean in every model, got none',
    );
  });
});
