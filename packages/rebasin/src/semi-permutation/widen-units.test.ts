import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { AxisSymmetry, ParamSpec, Tensors } from '@basinlab/core';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { applySemiPermutation, type SemiPermutation } from './semi-permutation.js';
import { widenUnits } from './widen-units.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(1);

/** Two hidden layers, p and q, of which the second adds to itself what it reads. */
function specsOf(p: number, q: number, inputs = 5): ParamSpec[] {
  const [onP, onQ] = [{ group: 'p' }, { group: 'q' }];
  const spec = (name: string, shape: number[], ...axes: (AxisSymmetry | null)[]): ParamSpec => ({
    ...{ name, shape, init: { kind: 'zeros' }, role: 'weight', axes },
  });
  return [
    spec('first', [p, inputs], onP, null),
    spec('first.bias', [p], onP),
    spec('second', [q, p, 2], onQ, onP, null),
    spec('within', [q, q], onQ, onQ),
    spec('last', [3, q], null, onQ),
  ];
}
const draw = (specs: readonly ParamSpec[], name: string): Tensors =>
  Object.fromEntries(
    specs.map((spec) => [
      spec.name,
      tf.tensor(normal(childKey(childKey(key, name), spec.name), tf.util.sizeFromShape([...spec.shape])), [...spec.shape]),
    ]),
  );
function splitting(units: number, more: number, name: string): SemiPermutation {
  const sources = permutation(childKey(key, name), more).map((at) => at % units);
  const sums = new Float64Array(units);
  sources.forEach((source, i) => (sums[source]! += 1 + i));
  return { sources, shares: Float64Array.from(sources, (source, i) => (1 + i) / sums[source]!), units };
}

describe('widenUnits', () => {
  test.each([
    [6, 9],
    [4, 9],
    [7, 5],
    [4, 5],
  ])('recovers a model split into %d and %d units, in any order', async (p, q) => {
    const small = specsOf(4, 5);
    const b = draw(small, 'b');
    const semis: Record<string, SemiPermutation> = { p: splitting(4, p, 'p'), q: splitting(5, q, 'q') };
    const a = Object.fromEntries(
      small.map(({ name, axes }) => [
        name,
        axes.reduce(
          (x, axis, at) => (axis === null ? x : applySemiPermutation(x, at, semis[axis.group!]!, at === 0 ? 'copy' : 'split')),
          b[name]!,
        ),
      ]),
    );
    const before = tf.memory().numTensors;
    const found = await widenUnits(b, { params: a, specs: specsOf(p, q), key });
    expect(tf.memory().numTensors).toBe(before + small.length);
    for (const [name, x] of Object.entries(a)) expectAllclose(found[name]!, x, { rtol: 1e-4, atol: 1e-4 });
  });

  test('statistics go with their units, and are not matched by', async () => {
    const [specs, stateSpecs] = [specsOf(6, 9), [{ name: 'mean', shape: [6], axes: [{ group: 'p' }], init: 0 }]];
    const [a, b] = [draw(specs, 'a'), draw(specsOf(4, 5), 'b')];
    const found = await widenUnits(
      { ...b, mean: tf.tensor1d([10, 20, 30, 40]) },
      {
        ...{ params: { ...a, mean: tf.fill([6], NaN) }, specs, stateSpecs, key },
      },
    );
    const biases = Array.from(b['first.bias']!.dataSync());
    const expected = Array.from(found['first.bias']!.dataSync(), (bias) => (bias === 0 ? 0 : 10 * (1 + biases.indexOf(bias))));
    expect(Array.from(found['mean']!.dataSync())).toEqual(expected);
  });

  test('refuses by name what is larger, other inputs, and units in blocks; leaves nothing behind', async () => {
    const large = specsOf(4, 5);
    const a = draw(large, 'a');
    const [more, inputs] = [draw(specsOf(6, 5), 'b'), draw(specsOf(4, 5, 6), 'b')];
    const fewer = draw(specsOf(4, 5).slice(1), 'b');
    const before = tf.memory().numTensors;
    const widen = (b: Tensors, specs = large) => widenUnits(b, { params: a, specs, key });
    await expect(widen(more)).rejects.toThrow('first: no more than 4 x 5, as in the first model, got 6 x 5. Name the larger model first.');
    await expect(widen(inputs)).rejects.toThrow('first: 5 entries along axis 1, as in the first model, got 6');
    await expect(widen(fewer)).rejects.toThrow('widen: models of 5 tensors, got 4');
    const blocks = large.map((spec) => (spec.name === 'first' ? { ...spec, axes: [{ group: 'p', block: 2 }, null] } : spec));
    await expect(widen(a, blocks)).rejects.toThrow('first: units one by one, to be split, got group p in blocks or nests');
    expect(tf.memory().numTensors).toBe(before);
  });
});
