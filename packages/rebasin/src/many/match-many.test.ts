import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { elementIndices, type ParamSpec, type Tensors } from '@basinlab/core';
import { childKey, foldIn, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { applyTransform, composeTransforms, permutations } from '../transform/index.js';
import { matchMany, mergeModels, transformBetween } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(11);
const [g, h] = [{ group: 'g' }, { group: 'h' }];
const shared = { init: { kind: 'zeros' }, role: 'weight' } as const;
const specs: ParamSpec[] = [
  { ...shared, name: 'in', shape: [9, 4], axes: [g, null] },
  { ...shared, name: 'middle', shape: [7, 9], axes: [h, g] },
  { ...shared, name: 'out', shape: [3, 7], axes: [null, h] },
];
const draw = (name: string, scale = 1): Tensors =>
  Object.fromEntries(
    specs.map(({ name: at, shape }) => [
      at,
      tf.tensor(
        normal(childKey(childKey(key, name), at), shape[0]! * shape[1]!).map((x) => x * scale),
        [...shape],
      ),
    ]),
  );
const element = (i: number) => permutations([['g', permutation(foldIn(key, 2 * i), 9)], ['h', permutation(foldIn(key, 2 * i + 1), 7)]]); // prettier-ignore
const plain = (transform: ReturnType<typeof element>) =>
  Object.fromEntries(Object.entries(transform).map(([group, element]) => [group, [...elementIndices(group, element)]]));

describe('matchMany', () => {
  test('finds planted elements among five models: all come to lie on the first', async () => {
    const first = draw('first');
    const models = [first, ...[1, 2, 3, 4].map((i) => applyTransform(specs, first, element(i)))];
    const count = tf.memory().numTensors;
    const found = await matchMany(models, { specs, key });
    expect(tf.memory().numTensors).toBe(count);
    expect(found.converged).toBe(true);
    expect(found.objective).toBeLessThan(1e-9);
    expect(found.identityObjective).toBeGreaterThan(1);
    models.forEach((model, i) => {
      for (const [name, value] of Object.entries(applyTransform(specs, model, found.toUniverse[i]!)))
        expect(value.dataSync()).toEqual(first[name]!.dataSync());
    });
  });

  test('is consistent around every cycle, and in both directions, also for unlike models', async () => {
    const found = await matchMany(
      ['a', 'b', 'c', 'd'].map((name) => draw(name)),
      { specs, key },
    );
    expect(found.objective).toBeLessThan(found.identityObjective);
    const way = (from: number, to: number) => transformBetween(found, from, to);
    expect(plain(composeTransforms(composeTransforms(way(0, 1), way(1, 2)), way(2, 0)))).toEqual(plain(way(0, 0)));
    expect(plain(composeTransforms(way(3, 1), way(1, 2)))).toEqual(plain(way(3, 2)));
    expect(plain(way(0, 0)).g).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('refuses a single model', async () => {
    await expect(matchMany([draw('a')], { specs, key })).rejects.toThrow('matchMany: at least two models, got 1');
  });
});

test('mergeModels averages noisy copies to something nearer their source than any of them', async () => {
  const source = draw('source');
  const models = [0, 1, 2, 3].map((i) => {
    const noise = draw(`noise ${i}`, 0.2);
    const noisy = Object.fromEntries(Object.entries(source).map(([name, value]) => [name, tf.add(value, noise[name]!)]));
    return { params: i === 0 ? noisy : applyTransform(specs, noisy, element(i)) };
  });
  const { params, matching } = await mergeModels(models, { specs, key });
  const distance = (x: Tensors) =>
    tf.addN(Object.keys(source).map((name) => tf.sum(tf.square(tf.sub(x[name]!, source[name]!))))).dataSync()[0]!;
  expect(matching.converged).toBe(true);
  expect(distance(params)).toBeLessThan(distance(models[0]!.params) / 3);
  expectAllclose((await mergeModels(models, { specs, key, weights: [1, 0, 0, 0] })).params['in']!, models[0]!.params['in']!);
});
