import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { GroupKind, Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, type Key } from '@basinlab/core/random';
import { randomTransform } from '@basinlab/core/testing';
import fc from 'fast-check';
import { applyTransform, groupKinds } from '../../transform/index.js';
import { inferSymmetries } from '../index.js';
import { drawn, randomProgram, type Walk } from '../random-program.fixture.js';
import { combine, linearSystem, type Form } from './linear-system.js';

beforeAll(() => tf.setBackend('cpu'));

/** Ops that some kinds agree with and others do not. */
const steps: ((x: tf.Tensor2D, walk: Walk) => tf.Tensor)[] = [
  (x, { parameter, choose }) => tf.matMul(x, parameter([x.shape[1], [4, 6][choose(2)]!]) as tf.Tensor2D),
  (x, { parameter, choose }) => tf.einsum('bi,oi->bo', x, parameter([[4, 6][choose(2)]!, x.shape[1]])),
  (x, { parameter }) => tf.add(x, parameter([x.shape[1]])),
  (x, { parameter }) => tf.mul(x, parameter([x.shape[1]])),
  (x) => tf.relu(x),
  (x) => tf.tanh(x),
  (x) => tf.abs(x),
  (x) => tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), 1e-3))),
  (x) => tf.div(x, tf.add(tf.max(tf.relu(x), 0, true), 1)),
  (x) => tf.mul(x, tf.square(x)),
  (x) => tf.sub(x, tf.mean(x, 1, true)),
  (x) => tf.mul(x, 0.5),
  (x) => tf.add(x, 0.5),
  (x) => tf.reshape(tf.transpose(tf.reshape(x, [x.shape[0], 2, x.shape[1] / 2]), [0, 2, 1]), x.shape),
  (x, { earlier, choose }) => {
    const others = earlier.filter(({ shape }) => shape.join() === x.shape.join());
    const other = others[choose(others.length)];
    return other === undefined ? tf.neg(x) : [tf.add, tf.mul, tf.sub][choose(3)]!(x, other);
  },
  (x, { earlier }) => {
    // What is read is read by what made it: scores of rows with rows.
    const other = earlier.find(({ shape }) => shape[1] === x.shape[1])! as tf.Tensor2D;
    return tf.matMul(tf.softmax(tf.matMul(x, other, false, true)), other);
  },
];

const program = (key: Key) =>
  randomProgram(key, { steps, length: 5, end: (x, { parameter }) => tf.matMul(x, parameter([x.shape[1], 3]) as tf.Tensor2D) });

test('whatever kind is inferred of a random program, a random element of it leaves the outputs as they are', () => {
  const found = new Map<GroupKind, number>();
  for (let seed = 0; seed < 150; seed++) {
    const key = keyFromSeed(seed);
    const run = program(key);
    tf.tidy(() => {
      const x = drawn(childKey(key, 'x'), [3, 4]);
      const values: Tensors = {};
      const before = run((name, shape) => (values[name] = drawn(childKey(key, name), shape)), x);
      const { axes } = inferSymmetries((tensors, input) => run((name) => tensors[name]!, input!), {
        tensors: values,
        inputs: [x],
        kinds: true,
      });
      const specs = Object.entries(values).map(([name, { shape }]) => ({ name, shape, axes: axes[name]! }));
      const after = applyTransform(specs, values, randomTransform(specs as never, childKey(key, 'element')));
      const now = run((name) => after[name]!, x);
      const error = tf.max(tf.abs(tf.sub(now, before))).dataSync()[0]!;
      // Steps can make large numbers of small ones.
      expect({ seed, close: error < 2e-3 * (1 + tf.max(tf.abs(before)).dataSync()[0]!) }).toEqual({ seed, close: true });
      for (const kind of groupKinds(specs).values()) found.set(kind, (found.get(kind) ?? 0) + 1);
    });
  }
  // Or it would say nothing.
  for (const kind of ['permutation', 'signed-permutation', 'scaled-permutation', 'orthogonal', 'invertible'] as const)
    expect([kind, (found.get(kind) ?? 0) > 2]).toEqual([kind, true]);
});

test('equations are taken as long as a solution is left, and only then', () => {
  const row = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.integer({ min: -1, max: 1 })), { maxLength: 6 }), (rows) => {
      const system = linearSystem({ modulo2: true });
      const isOdd = (value: number): number => ((value % 2) + 2) % 2;
      const taken: typeof rows = [];
      const solutions = (given: typeof rows) =>
        Array.from({ length: 8 }, (_, bits) => [bits & 1, (bits >> 1) & 1, (bits >> 2) & 1]).filter((x) =>
          given.every(([own, value]) => isOdd(own.reduce((sum, factor, k) => sum + factor * x[k]!, 0) - value) === 0),
        );
      for (const [own, value] of rows) {
        const form: Form = combine(...own.map((factor, k) => [new Map([[k, 1]]), factor] as const));
        const isPossible = solutions([...taken, [own, value]]).length > 0;
        expect(system.demand(form, value)).toBe(isPossible);
        if (isPossible) taken.push([own, value]);
      }
    }),
    { numRuns: 200 },
  );
  const real = linearSystem({ modulo2: false });
  expect(real.demand(new Map([[0, 2], [1, 1]]), 0)).toBe(true); // prettier-ignore
  expect(real.demand(new Map([[0, 1]]), 1)).toBe(true);
  expect(real.demand(new Map([[1, 1]]), -1)).toBe(false);
  expect(real.demand(new Map([[1, 1]]), -2)).toBe(true);
});
