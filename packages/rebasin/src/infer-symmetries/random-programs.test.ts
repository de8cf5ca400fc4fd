import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, nestedPermutation, type Key } from '@basinlab/core/random';
import { applyTransform, groupNests, permutations } from '../transform/index.js';
import { inferSymmetries } from './index.js';
import { drawn, randomProgram, type Walk } from './random-program.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const steps: ((x: tf.Tensor, walk: Walk) => tf.Tensor)[] = [
  (x, { parameter, choose }) => {
    const [, a, b] = x.shape as [number, number, number];
    const width = [4, 6][choose(2)]!;
    return tf.reshape(tf.matMul(tf.reshape(x, [2 * a, b]) as tf.Tensor2D, parameter([b, width]) as tf.Tensor2D), [2, a, width]);
  },
  (x, { parameter }) => tf.tanh(tf.add(x, parameter([x.shape[2]!]))),
  (x, { parameter }) => tf.mul(x, parameter([x.shape[1]!, 1])),
  (x) => tf.transpose(x, [0, 2, 1]),
  (x) => tf.softmax(x),
  (x) => tf.sub(x, tf.mean(x, 1, true)),
  (x, { choose }) => {
    const size = x.shape[1]! * x.shape[2]!;
    const divisors = Array.from({ length: size }, (_, i) => i + 1).filter((d) => size % d === 0);
    const rows = divisors[choose(divisors.length)]!;
    return tf.reshape(x, [2, rows, size / rows]);
  },
  (x, { choose }) => {
    const length = x.shape[2]!;
    const begin = choose(length);
    return tf.slice(x, [0, 0, begin], [-1, -1, 1 + choose(length - begin)]);
  },
  (x, { choose }) => (x.size > 120 ? x : tf.pad(x, [[0, 0], [0, 0], [choose(2), choose(3)]])), // prettier-ignore
  (x, { choose }) => (x.size > 60 ? x : tf.tile(x, [1, 1 + choose(2), 2])),
  (x, { earlier }) => {
    const other = earlier.find(({ shape }) => shape[1] === x.shape[1] && shape[2]! + x.shape[2]! < 20);
    return other === undefined ? x : tf.concat([x, other], 2);
  },
  (x, { earlier, choose }) => {
    const others = earlier.filter(({ shape }) => shape.join() === x.shape.join());
    return others.length === 0 ? tf.relu(x) : tf.add(x, others[choose(others.length)]!);
  },
  (x) => (x.shape[2]! % 2 === 0 ? tf.add(...(tf.split(x, 2, 2) as [tf.Tensor, tf.Tensor])) : x),
  (x) => (x.shape[1]! > 1 ? tf.stack(tf.unstack(x, 1), 1) : x),
  (x) => tf.cumsum(x, 2),
  (x, { choose }) => tf.gather(x, tf.tensor1d([choose(x.shape[1]!), choose(x.shape[1]!)], 'int32'), 1),
];

const program = (key: Key) =>
  randomProgram(key, {
    ...{ steps, length: 8 },
    end(x, { parameter }) {
      const [, a, b] = x.shape as [number, number, number];
      return tf.matMul(tf.reshape(x, [2, a * b]) as tf.Tensor2D, parameter([a * b, 3]) as tf.Tensor2D);
    },
  });

test('whatever group is inferred of a random program leaves its outputs as they are', () => {
  let moved = 0;
  for (let seed = 0; seed < 60; seed++) {
    const key = keyFromSeed(seed);
    const run = program(key);
    tf.tidy(() => {
      const x = drawn(childKey(key, 'x'), [2, 3, 4]);
      const values: Tensors = {};
      const before = run((name, shape) => (values[name] = drawn(childKey(key, name), shape)), x);
      const { axes, groups } = inferSymmetries((tensors, input) => run((name) => tensors[name]!, input!), { tensors: values, inputs: [x] });
      const specs = Object.entries(values).map(([name, { shape }]) => ({ name, shape, axes: axes[name]! }));
      const nests = groupNests(specs);
      const transform = permutations(
        Array.from(groups, ([group, size]) => [group, nestedPermutation(childKey(key, group), size, nests.get(group) ?? size)]),
      );
      const after = applyTransform(specs, values, transform);
      const error = tf
        .max(
          tf.abs(
            tf.sub(
              run((name) => after[name]!, x),
              before,
            ),
          ),
        )
        .dataSync()[0]!;
      expect({ seed, close: error < 1e-4 * (1 + tf.max(tf.abs(before)).dataSync()[0]!) }).toEqual({ seed, close: true });
      if (groups.size > 0) moved++;
    });
  }
  // Or it would say nothing.
  expect(moved).toBeGreaterThan(20);
});
