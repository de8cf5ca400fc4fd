import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { GroupAxis, ParamSpec, Tensors } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { applySemiPermutation, type SemiPermutation } from '../semi-permutation/index.js';
import { layerProducts, productCost } from './layer-products.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(1);
const identity = { 'out.weight': 'zeros', 'out.bias': 'zeros' } as const;
const layers = ['blocks.0', 'blocks.1'];

/** Two residual blocks of `units` in a stream of `width`. */
function specsOf(width: number, units: number): ParamSpec[] {
  const start = { init: { kind: 'zeros' }, role: 'weight' } as const;
  const stream: GroupAxis = { group: 'stream', kind: 'orthogonal' };
  return layers.flatMap((layer): ParamSpec[] => [
    { ...start, name: `${layer}.in.weight`, shape: [units, width], axes: [{ group: `${layer}.units` }, stream] },
    { ...start, name: `${layer}.in.bias`, shape: [units], axes: [{ group: `${layer}.units` }] },
    { ...start, name: `${layer}.out.weight`, shape: [width, units], axes: [stream, { group: `${layer}.units` }] },
    { ...start, name: `${layer}.out.bias`, shape: [width], axes: [stream] },
  ]);
}
const draw = (specs: readonly ParamSpec[], name: string): Tensors =>
  Object.fromEntries(
    specs.map((spec) => [
      spec.name,
      tf.tensor(normal(childKey(childKey(key, name), spec.name), tf.util.sizeFromShape([...spec.shape])), [...spec.shape]),
    ]),
  );

/** Every unit once at least; shares that differ. */
function splitting(units: number, more: number): SemiPermutation {
  const sources = permutation(childKey(key, 'splitting'), more).map((at) => at % units);
  const sums = new Float64Array(units);
  sources.forEach((source, i) => (sums[source]! += 1 + i));
  return { sources, shares: Float64Array.from(sources, (source, i) => (1 + i) / sums[source]!), units };
}

// Fewer units than coordinates, and more: products and Gram matrices.
describe.each([
  [7, 4, 9, 6],
  [3, 9, 5, 14],
])('blocks of %d coordinates and %d units', (width, units, wide, more) => {
  test('have the products of the same in a wider stream with more units, in any basis', async () => {
    const specs = specsOf(width, units);
    const small = draw(specs, 'small');
    const basis = tf.tensor2d(
      Float32Array.from(orthonormalColumns(Float64Array.from(normal(childKey(key, 'basis'), wide * width)), wide, width)),
      [wide, width],
    );
    const semi = splitting(units, more);
    const large = Object.fromEntries(
      Object.entries(small).map(([name, x]): [string, tf.Tensor] => {
        if (name.endsWith('in.weight'))
          return [name, applySemiPermutation(tf.matMul(x as tf.Tensor2D, basis, false, true), 0, semi, 'copy')];
        if (name.endsWith('in.bias')) return [name, applySemiPermutation(x, 0, semi, 'copy')];
        if (name.endsWith('out.weight')) return [name, applySemiPermutation(tf.matMul(basis, x as tf.Tensor2D), 1, semi, 'split')];
        return [name, tf.squeeze(tf.matMul(basis, tf.expandDims(x, 1)))];
      }),
    );
    const before = tf.memory().numTensors;
    const a = await layerProducts(layers, { specs: specsOf(wide, more), params: large }, identity);
    const b = await layerProducts(layers, { specs, params: small }, identity);
    expect(tf.memory().numTensors).toBe(before);
    for (const at of [0, 1]) {
      expect(productCost(a[at]!, b[at]!)).toBeLessThan(1e-5);
      expect(productCost(a[at]!, b[1 - at]!)).toBeGreaterThan(1e-2);
      expectAllclose([a[at]!.alone], [b[at]!.alone], { rtol: 1e-3 });
    }
    // Both blocks together are 1 for each part.
    expect(a[0]!.alone + a[1]!.alone).toBeCloseTo(2, 5);
  });

  test('a block that writes nothing costs nothing by itself', async () => {
    const specs = specsOf(width, units);
    const params = { ...draw(specs, 'other'), 'blocks.1.out.weight': tf.zeros([width, units]), 'blocks.1.out.bias': tf.zeros([width]) };
    const [first, second] = await layerProducts(layers, { specs, params }, identity);
    expect([first!.alone, second!.alone]).toEqual([expect.closeTo(2, 5), 0]);
  });
});

test('layers that would be identity matrices are compared as an even splitting scales them', async () => {
  const spec = (shape: number[]): ParamSpec => ({
    ...{ name: 'layers.0.weight', shape, init: { kind: 'zeros' }, role: 'weight' },
    axes: [{ group: 'out' }, { group: 'in' }],
  });
  const small = tf.tensor2d(normal(childKey(key, 'layer'), 12), [3, 4]);
  const even = (units: number, more: number): SemiPermutation => ({
    ...{ sources: Int32Array.from({ length: more }, (_, i) => i % units), units },
    shares: new Float64Array(more).fill(units / more),
  });
  const large = applySemiPermutation(applySemiPermutation(small, 0, even(3, 6), 'copy'), 1, even(4, 12), 'split');
  const of = async (shape: number[], x: tf.Tensor) =>
    (await layerProducts(['layers.0'], { specs: [spec(shape)], params: { 'layers.0.weight': x } }, { weight: 'identity' }))[0]!;
  const [a, b, one] = [await of([6, 12], large), await of([3, 4], small), await of([5, 5], tf.eye(5))];
  expect(productCost(a, b)).toBeLessThan(1e-6);
  expect(productCost(b, a)).toBeLessThan(1e-6);
  expect(one.alone).toBeLessThan(1e-6);
});
