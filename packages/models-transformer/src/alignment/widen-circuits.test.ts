import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, keyFromSeed, type Network, type SymmetryBreaking, type Tensors } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, normal, permutation, randomInt, type Key } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { applySemiPermutation, applyTransform, type SemiPermutation } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { gpt2Circuits } from '../architectures/gpt2-circuits.js';
import { vitCircuits } from '../architectures/vit-circuits.js';
import { expandCircuits } from '../rewrites/expand-width.js';
import { matchCircuits } from './match-circuits.js';
import { widenCircuits } from './widen-circuits.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const breaking: SymmetryBreaking = { id: 'unbroken', summary: 'Nothing is fixed', options: z.strictObject({}), constants: () => null };
const key = keyFromSeed(1);

const gpt2At = (sizes: object): Network =>
  buildNetwork({
    architecture: gpt2Circuits,
    options: { vocabulary: 40, positions: 6, width: 8, layers: 2, heads: 2, units: 7, epsilon: 1e-9, ...sizes },
    breaking,
  });
const vitAt = (sizes: object): Network =>
  buildNetwork({
    architecture: vitCircuits,
    options: { inputs: [4, 6, 2], classes: 12, patch: 2, width: 8, layers: 2, heads: 2, units: 7, epsilon: 1e-9, ...sizes },
    breaking,
  });
const sample = (of: Network, from: Key): Tensors =>
  Object.fromEntries(
    of.params.map(({ name, shape }) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, tf.tensor(normal(childKey(from, name), size), [...shape])];
    }),
  );
const basis = (rows: number, columns: number): Float64Array =>
  Float64Array.from(orthonormalColumns(Float64Array.from(normal(childKey(key, `basis ${rows}`), rows * columns)), rows, columns));

/** Every unit once at least; shares that differ. */
function splitting(units: number, more: number, name: string): SemiPermutation {
  const order = permutation(childKey(key, name), more);
  const sources = order.map((at) => (at < units ? at : at % units));
  const raw = Array.from(sources, (_, i) => 1 + i);
  const sums = new Float64Array(units);
  sources.forEach((source, i) => (sums[source]! += raw[i]!));
  return { sources, shares: Float64Array.from(sources, (source, i) => raw[i]! / sums[source]!), units };
}

/** The function of `small` at other sizes: in a random basis, its heads and units split. */
function enlarged(small: Tensors, width: number, heads: number, units: number): Tensors {
  const columns = tf.tensor2d(Float32Array.from(basis(width, 8)), [width, 8]);
  const { params } = width === 8 ? { params: { ...small } } : expandCircuits(small, columns, 0);
  for (const block of ['blocks.0', 'blocks.1']) {
    const [ofHeads, ofUnits] = [splitting(2, heads, `${block} heads`), splitting(7, units, `${block} units`)];
    const replace = (name: string, axis: number, semi: SemiPermutation, how: 'copy' | 'split'): void => {
      params[`${block}.${name}`] = applySemiPermutation(params[`${block}.${name}`]!, axis, semi, how);
    };
    replace('attention.qk', 0, ofHeads, 'copy');
    replace('attention.ov', 0, ofHeads, 'split');
    replace('mlp.in.weight', 0, ofUnits, 'copy');
    replace('mlp.in.bias', 0, ofUnits, 'copy');
    replace('mlp.out.weight', 1, ofUnits, 'split');
  }
  return params;
}

describe.each([
  ['gpt2', gpt2At, () => tf.tensor2d(randomInt(keyFromSeed(3), 18, 0, 40), [3, 6], 'int32') as tf.Tensor],
  ['vit', vitAt, () => tf.tensor4d(normal(keyFromSeed(3), 3 * 48), [3, 4, 6, 2]) as tf.Tensor],
] as const)('%s', (_, at, inputs) => {
  const logits = (of: Network, params: Tensors): tf.Tensor => of.apply({ params, constants: {}, state: {} }, inputs()).logits;

  test.each([
    [13, 2, 7],
    [8, 5, 7],
    [8, 2, 11],
    [11, 3, 9],
  ])('a planted model of width %d, %d heads and %d units is recovered from the small one', async (width, heads, units) => {
    const [small, large] = [at({}), at({ width, heads, units })];
    const b = sample(small, key);
    const matrix = basis(width, width);
    const a = applyTransform(large.params, enlarged(b, width, heads, units), { residual: { kind: 'orthogonal', size: width, matrix } });
    expectAllclose(logits(large, a), logits(small, b), { rtol: 1e-3, atol: 1e-3 });
    const before = tf.memory().numTensors;
    const wide = await widenCircuits(b, { params: a, specs: large.params, key });
    expect(tf.memory().numTensors).toBe(before + Object.keys(a).length);
    for (const [name, tensor] of Object.entries(a)) expect(wide[name]!.shape).toEqual(tensor.shape);
    expectAllclose(logits(large, wide), logits(small, b), { rtol: 1e-3, atol: 1e-3 });
    const { transform } = await matchCircuits(a, wide, { specs: large.params, iterations: 5 });
    const moved = applyTransform(large.params, wide, transform);
    const middle = Object.fromEntries(Object.entries(a).map(([name, tensor]) => [name, tf.div(tf.add(tensor, moved[name]!), 2)]));
    expectAllclose(logits(large, middle), logits(large, a), { rtol: 1e-2, atol: 1e-2 });
  });

  test('nothing is left behind of one that cannot be matched', async () => {
    const [small, large] = [at({}), at({ width: 9, heads: 3, units: 9 })];
    const [a, b] = [sample(large, key), sample(small, key)];
    const before = tf.memory().numTensors;
    const spoilt = { ...b, 'blocks.1.mlp.in.weight': tf.fill([7, 8], NaN) };
    await expect(widenCircuits(spoilt, { params: a, specs: large.params, key })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  test('a model that has more of anything is refused by name', async () => {
    const [small, large] = [at({}), at({ width: 9, units: 6 })];
    const onto = { params: sample(large, key), specs: large.params, key };
    await expect(widenCircuits(sample(small, key), onto)).rejects.toThrow(
      'blocks.0.mlp.in.weight: no more than 6 x 9, as in the first model, got 7 x 8',
    );
    const deeper = { params: sample(at({ layers: 3 }), key), specs: at({ layers: 3 }).params, key };
    await expect(widenCircuits(sample(small, key), deeper)).rejects.toThrow('models of equally many layers');
  });
});
