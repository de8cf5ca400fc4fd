import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, type Architecture, type Network, type Tensors, type WidenOnto } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, keyFromSeed, normal, permutation, randomInt } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import { deepLinear, mlp, resnet, standard } from '@basinlab/models-asymmetric';
import { expandCircuits, gpt2Circuits, matchCircuits, vitCircuits } from '@basinlab/models-transformer';
import {
  applySemiPermutation,
  applyTransform,
  deepen,
  enlarge,
  enlargeBoth,
  matchWeights,
  widenUnits,
  type LayerPartners,
  type SemiPermutation,
} from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { stackedModel, type StackedNetwork } from './stacked-model.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(1);

interface SizeCase {
  readonly architecture: Architecture;
  /** Small, wider alone, deeper alone, and both. */
  readonly small: object;
  readonly wide: object;
  readonly deep: object;
  readonly large: object;
  readonly inputs: () => tf.Tensor;
}
const of = (architecture: unknown, [small, wide, deep, large]: readonly object[], inputs: () => tf.Tensor): SizeCase => ({
  ...{ architecture: architecture as Architecture, small: small!, wide: wide!, deep: deep!, large: large!, inputs },
});
const atSizes = (base: object, narrow: object, wide: object, shallow: object, deep: object): object[] => [
  { ...base, ...narrow, ...shallow },
  { ...base, ...wide, ...shallow },
  { ...base, ...narrow, ...deep },
  { ...base, ...wide, ...deep },
];
const numbers = (...shape: number[]) => {
  return (): tf.Tensor => tf.tensor(normal(childKey(key, 'inputs'), tf.util.sizeFromShape(shape)), shape);
};

const [narrow, wide] = [
  { width: 8, heads: 2, units: 6 },
  { width: 11, heads: 3, units: 9 },
];
const tokens = { vocabulary: 30, positions: 5, epsilon: 1e-9 };
const images = { inputs: [4, 4, 2], classes: 12, patch: 2, epsilon: 1e-9 };
const dense = { inputs: 6, outputs: 4, norm: 'none' };
const circuits = {
  gpt2: of(gpt2Circuits, atSizes(tokens, narrow, wide, { layers: 2 }, { layers: 4 }), () =>
    tf.tensor2d(randomInt(childKey(key, 'tokens'), 15, 0, 30), [3, 5], 'int32'),
  ),
  vit: of(vitCircuits, atSizes(images, narrow, wide, { layers: 2 }, { layers: 4 }), numbers(3, 4, 4, 2)),
};
const widths = (activation: string, ...all: readonly number[][]): object[] => all.map((own) => ({ ...dense, activation, widths: own }));
const dots: Record<string, SizeCase> = {
  'mlp with ReLU': of(mlp, widths('relu', [5, 4], [8, 7], [5, 5, 4, 4], [8, 8, 7, 7]), numbers(12, 6)),
  'mlp without activation': of(mlp, widths('identity', [5], [9], [5, 5, 5], [9, 9, 9]), numbers(12, 6)),
};
const pictures = { inputs: [8, 8, 2], classes: 3 };
const others: Record<string, SizeCase> = {
  'deep linear': of(
    deepLinear,
    [[5], [8], [6, 5], [6, 8]].map((own) => ({ inputs: 6, outputs: 4, widths: own })),
    numbers(12, 6),
  ),
  ...Object.fromEntries(
    ['none', 'batch'].map((norm) => [
      `resnet, ${norm}`,
      of(resnet, atSizes({ ...pictures, norm }, { baseWidth: 2 }, { baseWidth: 3 }, { depth: 8 }, { depth: 14 }), numbers(3, 8, 8, 2)),
    ]),
  ),
};

const model = ({ architecture }: SizeCase, options: object, seed: number): StackedNetwork => stackedModel(architecture, options, seed);
const logits = (
  { network }: { readonly network: Network },
  { params, state }: { readonly params: Tensors; readonly state: Tensors },
  at: SizeCase,
) => network.apply({ params, state, constants: {} }, at.inputs()).logits;
const widenFor =
  ({ architecture }: SizeCase) =>
  (params: Tensors, onto: WidenOnto): Promise<Tensors> =>
    architecture.widen === undefined ? widenUnits(params, onto) : architecture.widen(params, onto);
/** As wide as the wide model and as deep as the deep one. */
function networkOf({ architecture, wide: broad, deep }: SizeCase, layers: LayerPartners): Network {
  const { options, withLayersOf } = architecture;
  const both = withLayersOf!(options.parse(broad), options.parse(deep), layers);
  return buildNetwork({ architecture, options: both as object, breaking: standard });
}
const sizedAs = (at: SizeCase) => (layers: LayerPartners) => {
  const { params, state } = networkOf(at, layers);
  return { specs: params, stateSpecs: state, stacks: at.architecture.stacks!(at.architecture.options.parse(at.deep)) };
};
const countOf = ({ params, state }: { readonly params: Tensors; readonly state: Tensors }): number =>
  Object.keys(params).length + Object.keys(state).length;

describe.each(Object.entries({ ...circuits, ...dots, ...others }))('%s', (_, at) => {
  test('a model brought to the depth and the widths of another keeps its function', async () => {
    const [large, small] = [model(at, at.large, 2), model(at, at.small, 3)];
    const before = tf.memory().numTensors;
    const found = await enlarge(large, small, { widen: widenFor(at), key });
    expect(tf.memory().numTensors - before).toBe(countOf(found));
    expect(found.params).toEqual(
      Object.fromEntries(large.specs.map(({ name, shape }) => [name, expect.objectContaining({ shape: [...shape] })])),
    );
    expectAllclose(logits(large, found, at), logits(small, small, at), { rtol: 1e-4, atol: 1e-4 });
  });

  test('of two, one wider and one deeper, both come to both sizes with their functions', async () => {
    const [broad, deep] = [model(at, at.wide, 2), model(at, at.deep, 3)];
    const before = tf.memory().numTensors;
    const found = await enlargeBoth(broad, deep, { widen: widenFor(at), key, sizedAs: sizedAs(at) });
    expect(tf.memory().numTensors - before).toBe(countOf(found.wide) + countOf(found.deep));
    const network = networkOf(at, found.layers);
    for (const { name, shape } of network.params)
      expect([found.wide.params[name]!.shape, found.deep.params[name]!.shape]).toEqual([shape, shape]);
    expectAllclose(logits({ network }, found.wide, at), logits(broad, broad, at), { rtol: 1e-4, atol: 1e-4 });
    expectAllclose(logits({ network }, found.deep, at), logits(deep, deep, at), { rtol: 1e-4, atol: 1e-4 });
  });

  test('nothing is left behind where units cannot be added', async () => {
    const [large, small, broad, deep] = [model(at, at.large, 2), model(at, at.small, 3), model(at, at.wide, 4), model(at, at.deep, 5)];
    const before = tf.memory().numTensors;
    const widen = (): Promise<Tensors> => Promise.reject(new Error('refused'));
    await expect(enlarge(large, small, { widen, key })).rejects.toThrow('refused');
    await expect(enlargeBoth(broad, deep, { widen, key, sizedAs: sizedAs(at) })).rejects.toThrow('refused');
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Shares that differ. */
function splitting(units: number, more: number, name: string): SemiPermutation {
  const sources = permutation(childKey(key, name), more).map((at) => at % units);
  const sums = new Float64Array(units);
  sources.forEach((source, i) => (sums[source]! += 1 + i));
  return { sources, shares: Float64Array.from(sources, (source, i) => (1 + i) / sums[source]!), units };
}

/** The function of a small transformer in a wider stream, in a random basis, with more heads and units. */
function widerCircuits(small: Tensors, blocks: number): Tensors {
  const basis = orthonormalColumns(Float64Array.from(normal(childKey(key, 'basis'), 11 * 8)), 11, 8);
  const { params } = expandCircuits(small, tf.tensor2d(Float32Array.from(basis), [11, 8]), 0);
  for (let block = 0; block < blocks; block++) {
    const [heads, units] = [splitting(2, 3, `${block} heads`), splitting(6, 9, `${block} units`)];
    const replace = (name: string, axis: number, semi: SemiPermutation, how: 'copy' | 'split'): void => {
      params[`blocks.${block}.${name}`] = applySemiPermutation(params[`blocks.${block}.${name}`]!, axis, semi, how);
    };
    replace('attention.qk', 0, heads, 'copy');
    replace('attention.ov', 0, heads, 'split');
    for (const name of ['mlp.in.weight', 'mlp.in.bias']) replace(name, 0, units, 'copy');
    replace('mlp.out.weight', 1, units, 'split');
  }
  return params;
}

/** The function of a small stack of dense layers with more units. */
function widerLayers(small: StackedNetwork, to: StackedNetwork): Tensors {
  const sizes = new Map(
    to.specs.flatMap(({ name, shape, axes }) => (name.endsWith('weight') && axes[0] !== null ? [[axes[0]!.group!, shape[0]!]] : [])),
  );
  return Object.fromEntries(
    small.specs.map(({ name, shape, axes }) => [
      name,
      axes.reduce(
        (x, axis, at) =>
          axis === null
            ? x
            : applySemiPermutation(x, at, splitting(shape[at]!, sizes.get(axis.group!)!, axis.group!), at === 0 ? 'copy' : 'split'),
        small.params[name]!,
      ),
    ]),
  );
}

/** The second parameters moved onto those of the first. */
async function alignedOnto(
  { params }: Pick<StackedNetwork, 'params'>,
  b: Tensors,
  specs: StackedNetwork['specs'],
  isCircuits: boolean,
): Promise<Tensors> {
  const { transform } = isCircuits ? await matchCircuits(params, b, { specs }) : await matchWeights(params, b, { specs, key });
  return applyTransform(specs, b, transform);
}

/** Half way between two models is the function that both have, and the loss. */
function expectMidpoint(at: SizeCase, of: { readonly network: Network }, [a, b]: readonly [Tensors, Tensors], small: StackedNetwork): void {
  const middle = Object.fromEntries(Object.entries(b).map(([name, x]) => [name, tf.div(tf.add(x, a[name]!), 2)]));
  const lossOf = (x: tf.Tensor): number => {
    const rows = tf.reshape(x, [-1, x.shape.at(-1)!]);
    const labels = tf.oneHot(tf.tensor1d(randomInt(childKey(key, 'labels'), rows.shape[0]!, 0, rows.shape[1]!), 'int32'), rows.shape[1]!);
    return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(rows)), -1))).dataSync()[0]!;
  };
  const [found, expected] = [logits(of, { params: middle, state: {} }, at), logits(small, small, at)];
  expectAllclose(found, expected, { rtol: 1e-4, atol: 1e-4 });
  // The function is none that forgets its inputs.
  const rows = tf.reshape(expected, [expected.shape[0]!, -1]);
  expect(tf.max(tf.sub(tf.max(rows, 0), tf.min(rows, 0))).dataSync()[0]).toBeGreaterThan(0.1);
  expect(lossOf(found)).toBeCloseTo(lossOf(expected), 5);
}

describe.each(Object.entries({ ...circuits, ...dots }))('a planted %s', (_, at) => {
  test('wider and deeper, and moved, is recovered from the small one', async () => {
    const isCircuits = at.architecture.widen !== undefined;
    const [large, small, broad] = [model(at, at.large, 2), model(at, at.small, 3), model(at, at.wide, 4)];
    const params = isCircuits ? widerCircuits(small.params, 2) : widerLayers(small, broad);
    const grown = await deepen(large, { ...broad, params });
    const planted = {
      ...large,
      params: applyTransform(large.specs, grown.params, randomTransform(large.specs, keyFromSeed(5), 'permutation')),
    };
    expectAllclose(logits(large, planted, at), logits(small, small, at), { rtol: 1e-4, atol: 1e-4 });

    const found = await enlarge(planted, small, { widen: widenFor(at), key });
    expect(found.layers).toEqual(grown.layers);
    const noisy = Object.fromEntries(
      Object.entries(planted.params).map(([name, x]) => [
        name,
        tf.add(x, tf.tensor(normal(childKey(key, name), x.size, { deviation: 0.02 }), x.shape)),
      ]),
    );
    expect((await enlarge({ ...planted, params: noisy }, small, { widen: widenFor(at), key })).layers).toEqual(grown.layers);
    const moved = await alignedOnto(planted, found.params, large.specs, isCircuits);
    expectMidpoint(at, large, [planted.params, moved], small);
    // Layers that pass on what they are given may read anything.
    const told = large.specs.filter(({ name }) => !isCircuits || found.layers[name.split('.').slice(0, 2).join('.')] !== null);
    for (const { name } of told) expectAllclose(moved[name]!, planted.params[name]!, { rtol: 1e-2, atol: 1e-2 });
  });

  test('wider in one copy and deeper in another, both moved, has no barrier between them', async () => {
    const isCircuits = at.architecture.widen !== undefined;
    const [small, broad, deep] = [model(at, at.small, 3), model(at, at.wide, 4), model(at, at.deep, 2)];
    const moved = (of: StackedNetwork, params: Tensors, seed: number): StackedNetwork => ({
      ...of,
      params: applyTransform(of.specs, params, randomTransform(of.specs, keyFromSeed(seed), 'permutation')),
    });
    const first = moved(broad, isCircuits ? widerCircuits(small.params, 2) : widerLayers(small, broad), 6);
    const grown = await deepen(deep, small);
    const second = moved(deep, grown.params, 7);
    const found = await enlargeBoth(first, second, { widen: widenFor(at), key, sizedAs: sizedAs(at) });
    expect(found.layers).toEqual(grown.layers);
    const network = networkOf(at, found.layers);
    const onto = await alignedOnto(found.wide, found.deep.params, network.params, isCircuits);
    expectMidpoint(at, { network }, [found.wide.params, onto], small);
  });
});

describe('refused with the reason', () => {
  const refused: Record<string, [SizeCase, string]> = {
    'norms in front of more layers': [
      of(
        mlp,
        [[5], [8], [5, 5], [8, 8]].map((own) => ({ inputs: 6, outputs: 4, widths: own })),
        numbers(12, 6),
      ),
      'the norm layer changes what it is given',
    ],
    'a model with more units somewhere': [
      of(mlp, widths('relu', [9, 4], [8, 7], [9, 9, 4], [8, 8, 7, 7]), numbers(12, 6)),
      'A layer that is left out must be as wide as the one before it',
    ],
    'more layers in the second': [
      of(gpt2Circuits, atSizes(tokens, narrow, wide, { layers: 3 }, { layers: 2 }), numbers(1)),
      'Name the deeper model first',
    ],
  };
  test.each(Object.entries(refused))('%s', async (_, [at, reason]) => {
    const [large, small] = [model(at, at.large, 2), model(at, at.small, 3)];
    const before = tf.memory().numTensors;
    await expect(enlarge(large, small, { widen: widenFor(at), key })).rejects.toThrow(reason);
    expect(tf.memory().numTensors).toBe(before);
  });
});
