import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { elementIndices, type AxisSpec } from '@basinlab/core';
import { keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { valueAndGradients } from '@basinlab/core/training';
import { expectAllclose } from '@basinlab/core/testing';
import { applyTransform, permutations } from '../transform/index.js';
import { matchSinkhorn } from './match-sinkhorn.js';
import { applySoftTransform } from './soft-transform.js';
import { sinkhorn } from './sinkhorn.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(3);
const drawn = (seed: number, shape: number[]) =>
  tf.tensor(
    normal(
      keyFromSeed(seed),
      shape.reduce((product, size) => product * size, 1),
    ),
    shape,
  );

describe('sinkhorn', () => {
  test('scales rows and columns to 1, also of scores that exp would overflow on', () => {
    const soft = sinkhorn(tf.mul(drawn(1, [6, 6]), 300) as tf.Tensor2D, { temperature: 100, iterations: 200 });
    expectAllclose(tf.sum(soft, 0), Array<number>(6).fill(1), { atol: 1e-5 });
    expectAllclose(tf.sum(soft, 1), Array<number>(6).fill(1), { atol: 1e-3 });
  });

  test('comes to the best permutation as the temperature falls, to equal shares where scores are equal', () => {
    const scores = tf.tensor2d([0, 2, 1, 3, 1, 0, 1, 0, 2], [3, 3]);
    expectAllclose(sinkhorn(scores, { temperature: 0.02, iterations: 50 }), tf.tensor2d([0, 1, 0, 1, 0, 0, 0, 0, 1], [3, 3]), {
      atol: 1e-4,
    });
    expectAllclose(sinkhorn(tf.zeros([4, 4]), { temperature: 1, iterations: 3 }), tf.fill([4, 4], 0.25), { atol: 1e-6 });
  });

  test('has the gradient of finite differences', () => {
    const [scores, weights] = [drawn(4, [3, 3]), drawn(5, [3, 3])];
    const value = (x: tf.Tensor) => tf.sum(tf.mul(sinkhorn(x as tf.Tensor2D, { temperature: 0.7, iterations: 5 }), weights)) as tf.Scalar;
    const gradient = tf.grad(value)(scores).dataSync();
    for (let k = 0; k < 9; k++) {
      const nudge = tf.tensor2d(
        Float32Array.from({ length: 9 }, (_, i) => (i === k ? 1e-2 : 0)),
        [3, 3],
      );
      const difference = tf.sub(value(tf.add(scores, nudge)), value(tf.sub(scores, nudge))).dataSync()[0]! / 2e-2;
      expect(gradient[k]).toBeCloseTo(difference, 3);
    }
  });
});

test('a permutation matrix moves units as the permutation does: plain axes, blocks, segments and products', () => {
  const specs: AxisSpec[] = [
    { name: 'w', shape: [4, 6], axes: [{ group: 'g' }, { group: 'h', block: 2 }] },
    { name: 'x', shape: [2, 7], axes: [null, { segments: [[{ group: 'h', size: 3 }], [{ group: 'g', size: 4 }]] }] },
    {
      name: 'y',
      shape: [8, 2],
      axes: [
        {
          segments: [
            [
              { group: null, size: 2 },
              { group: 'g', size: 4 },
            ],
          ],
        },
        null,
      ],
    },
    {
      name: 'z',
      shape: [12],
      axes: [
        {
          segments: [
            [
              { group: 'h', size: 3 },
              { group: 'g', size: 4 },
            ],
          ],
        },
      ],
    },
  ];
  const tensors = Object.fromEntries(specs.map(({ name, shape }, i) => [name, drawn(i, [...shape])]));
  const transform = permutations([['g', permutation(key, 4)], ['h', Int32Array.from([2, 0, 1])]]); // prettier-ignore
  const soft = Object.fromEntries(
    Object.entries(transform).map(([group, element]) => {
      const indices = elementIndices(group, element);
      return [group, tf.oneHot(tf.tensor1d(indices, 'int32'), indices.length, 1, 0, 'float32') as tf.Tensor2D];
    }),
  );
  const [hard, moved] = [applyTransform(specs, tensors, transform), applySoftTransform(specs, tensors, soft)];
  for (const { name } of specs) expectAllclose(moved[name]!, hard[name]!, { rtol: 0, atol: 1e-6 });
  // Known to be permutations: the same, also gradients with respect to their matrices and to what is moved.
  const known = Object.entries(transform).map(([group, element]) => {
    const indices = elementIndices(group, element);
    const inverse = Int32Array.from(indices, (_, i) => indices.indexOf(i));
    return [group, { indices: tf.tensor1d(indices, 'int32'), inverse: tf.tensor1d(inverse, 'int32') }] as const;
  });
  const names = specs.map(({ name }) => name);
  const weighted = (of: typeof soft, isKnown: boolean) => (values: Record<string, tf.Tensor>) => {
    const matrices = Object.fromEntries(Object.keys(of).map((group) => [group, values[group] as tf.Tensor2D]));
    const by = isKnown ? Object.fromEntries(known.map(([group, rows]) => [group, { values: matrices[group]!, known: rows }])) : matrices;
    const after = applySoftTransform(specs, Object.fromEntries(names.map((name) => [name, values[name]!])), by);
    return {
      value: tf.addN(names.map((name, i) => tf.sum(tf.mul(after[name]!, drawn(20 + i, after[name]!.shape))))) as tf.Scalar,
      aside: [],
    };
  };
  const [own, expected] = [true, false].map((isKnown) => valueAndGradients(weighted(soft, isKnown), { ...tensors, ...soft }));
  for (const [name, gradient] of Object.entries(expected!.gradients))
    expectAllclose(own!.gradients[name]!, gradient, { rtol: 1e-5, atol: 1e-5 });
});

test('finds a planted element from equal scores, by distance alone', async () => {
  const [g, h] = [{ group: 'g' }, { group: 'h' }];
  const shared = { init: { kind: 'zeros' }, role: 'weight' } as const;
  const specs = [
    { ...shared, name: 'in', shape: [10, 4], axes: [g, null] },
    { ...shared, name: 'middle', shape: [8, 10], axes: [h, g] },
    { ...shared, name: 'out', shape: [3, 8], axes: [null, h] },
  ];
  const a = Object.fromEntries(specs.map(({ name, shape }, i) => [name, drawn(30 + i, shape)]));
  const b = applyTransform(specs, a, permutations([['g', permutation(key, 10)], ['h', permutation(key, 8)]])); // prettier-ignore
  const found = await matchSinkhorn(
    { params: a },
    { params: b },
    { specs, key, objective: 'distance', start: 'uniform', learningRate: 0.5, iterations: 5 },
  );
  expect(found.objective).toBe(0);
  expect(found.steps).toBeGreaterThan(0);
});
