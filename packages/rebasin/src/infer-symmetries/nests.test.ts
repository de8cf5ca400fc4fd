import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '@basinlab/core';
import { childKey, foldIn, keyFromSeed, nestedPermutation, normal, randomInt } from '@basinlab/core/random';
import { applyTransform, groupNests, permutations } from '../transform/index.js';
import { inferSymmetries } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const [nests, nest] = [3, 4];
const units = nests * nest;
type Step = (blocks: tf.Tensor, parameter: (shape: readonly number[]) => tf.Tensor) => tf.Tensor;

/** Units [2, nests, nest] made of inputs, what `steps` do with them, and what reads all of them. */
const program =
  (...steps: readonly Step[]) =>
  (parameterOf: (name: string, shape: readonly number[]) => tf.Tensor, x: tf.Tensor): tf.Tensor => {
    let count = 0;
    const parameter = (shape: readonly number[]): tf.Tensor => parameterOf(`p${count++}`, shape);
    const made = tf.tanh(tf.matMul(x as tf.Tensor2D, parameterOf('made', [units, 5]) as tf.Tensor2D, false, true));
    const blocks = steps.reduce((each, step) => step(each, parameter), tf.reshape(made, [2, nests, nest]) as tf.Tensor);
    const rows = tf.reshape(blocks, [2, -1]);
    return tf.matMul(rows as tf.Tensor2D, parameterOf('read', [4, rows.shape[1]!]) as tf.Tensor2D, false, true);
  };

/** Infers the groups of a program and demands that a random element leaves its outputs as they are; what the units are. */
function checked(run: ReturnType<typeof program>, seed: number): 'nests' | 'blocks' | 'still' {
  return tf.tidy(() => {
    const key = keyFromSeed(seed);
    const drawn = (name: string, shape: readonly number[]) =>
      tf.tensor(
        normal(
          childKey(key, name),
          shape.reduce((a, b) => a * b, 1),
        ),
        [...shape],
      );
    const x = drawn('x', [2, 5]);
    const values: Tensors = {};
    const before = run((name, shape) => (values[name] ??= drawn(name, shape)), x);
    const { axes, groups } = inferSymmetries((tensors, input) => run((name) => tensors[name]!, input!), { tensors: values, inputs: [x] });
    const specs = Object.entries(values).map(([name, { shape }]) => ({ name, shape, axes: axes[name]! }));
    const found = groupNests(specs);
    const elements = Array.from(
      groups,
      ([group, size]) => [group, nestedPermutation(childKey(key, group), size, found.get(group) ?? size)] as const,
    );
    const after = applyTransform(specs, values, permutations(elements));
    const error = tf.max(tf.abs(tf.sub(run((name) => after[name]!, x), before))).dataSync()[0]!; // prettier-ignore
    expect({ seed, close: error < 1e-4 * (1 + tf.max(tf.abs(before)).dataSync()[0]!) }).toEqual({ seed, close: true });
    return found.size > 0 ? 'nests' : groups.size > 0 ? 'blocks' : 'still';
  });
}

const weighed: Step = (x, parameter) => tf.mul(x, tf.reshape(tf.softmax(parameter([x.shape[1]!])), [1, -1, 1]));
/** A parameter for every unit, in one row. */
const entries: Step = (x, parameter) => tf.reshape(parameter([x.size / 2]), [x.shape[1]!, x.shape[2]!]);
const transposedBack: Step = (x) => tf.transpose(tf.transpose(x, [0, 2, 1]), [0, 2, 1]);

describe('the inside of blocks', () => {
  const cases: readonly (readonly [name: string, expected: string, ...steps: Step[]])[] = [
    ['is permuted for each where blocks are weighed as wholes', 'nests', weighed],
    [
      'also through what treats every block for itself',
      'nests',
      weighed,
      (x) => tf.div(x, tf.add(1, tf.sum(tf.square(x), -1, true))),
      (x, parameter) => tf.add(x, entries(x, parameter)),
    ],
    ['is permuted alike where something is added to all', 'blocks', (x, parameter) => tf.add(x, parameter([nest]))],
    ['is permuted alike where blocks compete for each place', 'blocks', weighed, (x) => tf.div(tf.exp(x), tf.sum(tf.exp(x), 1, true))],
    ['is permuted alike where blocks are added up', 'blocks', (x) => tf.sum(x, 1)],
    ['is permuted alike where blocks are compared', 'blocks', (x) => tf.matMul(x, x, false, true)],
    [
      'is permuted alike where a parameter has it on an axis for itself',
      'blocks',
      weighed,
      (x, parameter) => tf.add(x, parameter([nests, nest])),
    ],
    ['is permuted alike behind ops that are not followed', 'blocks', weighed, transposedBack],
  ];
  test.each(cases)('%s', (_, expected, ...steps) => {
    expect(checked(program(...steps), 1)).toBe(expected);
  });
});

const steps: readonly Step[] = [
  weighed,
  (x) => tf.tanh(x),
  (x, parameter) => tf.mul(x, parameter([x.shape[1]!, 1])),
  (x, parameter) => tf.add(x, entries(x, parameter)),
  (x) => tf.sub(x, tf.mean(x, 2, true)),
  (x, parameter) => tf.mul(x, tf.sigmoid(tf.sum(tf.mul(x, entries(x, parameter)), 2, true))),
  (x, parameter) =>
    tf.add(
      x,
      tf.reshape(tf.matMul(tf.reshape(x, [2, x.size / 2]) as tf.Tensor2D, parameter([x.size / 2, x.shape[1]!]) as tf.Tensor2D), [2, -1, 1]),
    ),
  (x) => tf.reshape(tf.relu(tf.reshape(x, [2, -1])), x.shape),
  (x) => tf.add(x, tf.max(x, 1, true)),
  (x, parameter) => tf.mul(x, parameter([x.shape[2]!])),
  transposedBack,
  (x) => tf.matMul(tf.matMul(x, x, false, true), x),
  (x) => tf.softmax(x),
];

test('whatever is inferred of random programs on blocks leaves their outputs as they are', () => {
  const found = { nests: 0, blocks: 0, still: 0 };
  for (let seed = 0; seed < 120; seed++) {
    const key = foldIn(keyFromSeed(7), seed);
    // Mostly ops that keep nests, or none would be left.
    const chosen = Array.from({ length: 4 }, (_, at) => steps[randomInt(foldIn(key, at), 1, 0, at % 2 === 0 ? 8 : steps.length)[0]!]!);
    found[checked(program(...chosen), seed)]++;
  }
  expect(found.nests).toBeGreaterThan(30);
  expect(found.blocks).toBeGreaterThan(20);
});
