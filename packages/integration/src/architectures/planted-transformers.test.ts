import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type GroupElement, type Network, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, foldIn, keyFromSeed, nestedPermutation, normal, permutation, randomInt, uniform, type Key } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { standard } from '@basinlab/models-asymmetric';
import { bert, gpt2, matchCircuits, vit } from '@basinlab/models-transformer';
import { applyTransform, groupKinds, groupNests, groupPlanes, groupSizes, matchWeights } from '@basinlab/rebasin';
import fc from 'fast-check';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** A random element of a network's group: permutations, with signs, with angles or as rotations where they are allowed. */
const planted = ({ params }: Network, key: Key): SymmetryTransform => {
  const [kinds, nests, planes] = [groupKinds(params), groupNests(params), groupPlanes(params)];
  return Object.fromEntries(
    Array.from(groupSizes(params), ([group, size]): [string, GroupElement] => {
      const own = childKey(key, group);
      const nest = nests.get(group);
      const indices = nest === undefined ? permutation(own, size) : nestedPermutation(own, size, nest);
      if (kinds.get(group) === 'signed-permutation') {
        const scales = Float64Array.from(uniform(childKey(own, 'signs'), size), (u) => (u < 0.5 ? -1 : 1));
        return [group, { kind: 'monomial', indices, scales }];
      }
      if (kinds.get(group) === 'rotated-permutation') {
        const angles = uniform(childKey(own, 'angles'), size * planes.get(group)!, { min: -Math.PI, max: Math.PI });
        return [group, { kind: 'rotated', indices, angles: Float64Array.from(angles) }];
      }
      if (kinds.get(group) !== 'orthogonal') return [group, { kind: 'permutation', indices }];
      const matrix = Float64Array.from(orthonormalColumns(Float64Array.from(normal(own, size * size)), size, size));
      return [group, { kind: 'orthogonal', size, matrix }];
    }),
  );
};

/** Every parameter away from where it starts: no two units alike, no gain near 0. */
const sample = ({ params }: Network, key: Key): Tensors =>
  Object.fromEntries(
    params.map(({ name, shape, init }) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const base = init.kind === 'ones' ? 1 : 0;
      return [name, tf.add(tf.tensor(normal(childKey(key, name), size, { deviation: 0.3 }), [...shape]), base)];
    }),
  );

/** Largest difference between logits at the middle of the way and at its end. */
function barrierOf(network: Network, a: Tensors, b: Tensors, x: tf.Tensor): number {
  return tf
    .tidy(() => {
      const logits = (params: Tensors) => network.apply({ params, constants: {}, state: {} }, x).logits;
      const middle = Object.fromEntries(Object.entries(a).map(([name, tensor]) => [name, tf.div(tf.add(tensor, b[name]!), 2)]));
      return tf.max(tf.abs(tf.sub(logits(middle), logits(a))));
    })
    .dataSync()[0]!;
}

const counts = (low: number, high: number) => fc.integer({ min: low, max: high });
const gpt2Options = fc
  .record({
    ...{ layers: counts(1, 2), keyValueHeads: counts(1, 2), shared: counts(1, 2), half: counts(1, 2), units: counts(3, 8) },
    ...{ tied: fc.boolean(), gated: fc.boolean(), norm: fc.constantFrom('layer', 'rms'), position: fc.constantFrom('learned', 'rotary') },
  })
  .map(({ keyValueHeads, shared, half, ...options }) => {
    const heads = keyValueHeads * shared;
    return { ...options, vocabulary: 23, positions: 5, heads, keyValueHeads, width: 2 * half * heads } as const;
  });
const experts = counts(2, 5).chain((count) => fc.record({ count: fc.constant(count), active: counts(1, count), balance: fc.constant(0) }));
const mixtureOptions = fc.tuple(gpt2Options, experts).map(([options, mixture]) => ({ ...options, experts: mixture }));
const bertOptions = fc
  .record({ layers: counts(1, 2), heads: counts(1, 3), size: counts(2, 4), units: counts(3, 8), tied: fc.boolean() })
  .map(({ heads, size, ...options }) => ({ ...options, vocabulary: 23, positions: 5, heads, width: heads * size }));
const vitOptions = fc
  .record({
    layers: counts(1, 2),
    heads: counts(1, 3),
    size: counts(2, 4),
    units: counts(3, 8),
    pooling: fc.constantFrom('class-token', 'mean'),
    norm: fc.constantFrom('layer', 'rms'),
  })
  .map(
    ({ heads, size, ...options }) =>
      ({ ...options, inputs: [6, 4, 3] as [number, number, number], classes: 7, patch: 2, heads, width: heads * size }) as const,
  );
const tokens = (key: Key) => tf.tensor2d(randomInt(key, 15, 0, 23), [3, 5], 'int32');
const images = (key: Key) => tf.tensor4d(normal(key, 216), [3, 6, 4, 3]);

describe('a planted element is found by weight matching, whatever the transformer', () => {
  const cases = [
    {
      name: 'gpt2',
      arbitrary: gpt2Options,
      build: (options: never) => buildNetwork({ architecture: gpt2, options, breaking: standard }),
      inputs: tokens,
    },
    {
      name: 'gpt2 with rotary positions',
      arbitrary: gpt2Options.map((options) => ({ ...options, position: 'rotary' as const })),
      build: (options: never) => buildNetwork({ architecture: gpt2, options, breaking: standard }),
      inputs: tokens,
    },
    {
      name: 'gpt2 with experts',
      arbitrary: mixtureOptions,
      build: (options: never) => buildNetwork({ architecture: gpt2, options, breaking: standard }),
      inputs: tokens,
    },
    {
      name: 'bert',
      arbitrary: bertOptions,
      build: (options: never) => buildNetwork({ architecture: bert, options, breaking: standard }),
      inputs: tokens,
    },
    {
      name: 'vit',
      arbitrary: vitOptions,
      build: (options: never) => buildNetwork({ architecture: vit, options, breaking: standard }),
      inputs: images,
    },
  ];
  test.each(cases)('$name', async ({ arbitrary, build, inputs }) => {
    await fc.assert(
      fc.asyncProperty(arbitrary as fc.Arbitrary<object>, counts(0, 1e6), async (options, seed) => {
        const [network, key] = [build(options as never), keyFromSeed(seed)];
        const a = sample(network, foldIn(key, 0));
        const b = applyTransform(network.params, a, planted(network, foldIn(key, 1)));
        const { transform, objective } = await matchWeights(a, b, { specs: network.params, key: foldIn(key, 2), restarts: 20 });
        // What is permuted is found exactly; rotations round.
        const rounds = [...groupKinds(network.params).values()].includes('rotated-permutation');
        if (rounds) expect(objective).toBeLessThan(1e-4);
        else expect(objective).toBe(0);
        const [moved, x] = [applyTransform(network.params, b, transform), inputs(foldIn(key, 3))];
        expect(barrierOf(network, a, moved, x)).toBeLessThan(rounds ? 2e-5 : 1e-6);
        tf.dispose([a, b, moved]);
      }),
      { numRuns: 15, seed: 1 },
    );
  });
});

test.each([{}, { keyValueHeads: 2 }, { keyValueHeads: 2, norm: 'rms', gated: true }] as const)(
  'rotary positions, %j: angles leave the function as it is, and without them the middle is another one',
  async (options) => {
    const sizes = { vocabulary: 23, positions: 5, width: 24, layers: 2, heads: 4, units: 10, position: 'rotary', ...options } as const;
    const [network, key] = [buildNetwork({ architecture: gpt2, options: sizes, breaking: standard }), keyFromSeed(7)];
    const [a, x] = [sample(network, foldIn(key, 0)), tokens(foldIn(key, 1))];
    const b = applyTransform(network.params, a, planted(network, foldIn(key, 2)));
    const logits = (params: Tensors) => network.apply({ params, constants: {}, state: {} }, x).logits;
    expectAllclose(logits(b), logits(a), { rtol: 1e-4, atol: 2e-5 });
    const { transform } = await matchWeights(a, b, { specs: network.params, key: foldIn(key, 3) });
    expect(barrierOf(network, a, applyTransform(network.params, b, transform), x)).toBeLessThan(2e-5);
    const exchanged = Object.fromEntries(
      Object.entries(transform).map(([group, element]): [string, GroupElement] => [
        group,
        element.kind === 'rotated' ? { kind: 'permutation', indices: element.indices } : element,
      ]),
    );
    expect(barrierOf(network, a, applyTransform(network.params, b, exchanged), x)).toBeGreaterThan(0.1);
  },
);

describe('a planted rotation is found in circuit form, whatever the transformer', () => {
  const withCircuits = gpt2Options.map((options) => ({ ...options, position: 'learned' as const }));
  const cases = [
    { name: 'gpt2', architecture: gpt2, arbitrary: withCircuits, inputs: tokens },
    { name: 'vit', architecture: vit, arbitrary: vitOptions, inputs: images },
  ];
  test.each(cases)('$name', async ({ architecture, arbitrary, inputs }) => {
    await fc.assert(
      fc.asyncProperty(arbitrary as fc.Arbitrary<object>, counts(0, 1e6), async (given, seed) => {
        const key = keyFromSeed(seed);
        const options = architecture.options.parse(given) as never;
        const network = buildNetwork({ architecture: architecture as typeof gpt2, options, breaking: standard });
        const rewrite = architecture.rewrites![0]!;
        const circuits = buildNetwork({ architecture: rewrite.to, options: rewrite.options(options), breaking: standard });
        const params = sample(network, foldIn(key, 0));
        const a = await rewrite.params(params, options);
        const x = inputs(foldIn(key, 3));
        const logits = (of: Network, values: Tensors) => of.apply({ params: values, constants: {}, state: {} }, x).logits;
        expectAllclose(logits(circuits, a), logits(network, params), { rtol: 1e-3, atol: 1e-4 });
        const b = applyTransform(circuits.params, a, planted(circuits, foldIn(key, 1)));
        const { transform } = await matchCircuits(a, b, { specs: circuits.params, iterations: 3 });
        const moved = applyTransform(circuits.params, b, transform);
        expect(barrierOf(circuits, a, moved, x)).toBeLessThan(1e-4);
        tf.dispose([params, a, b, moved, x]);
      }),
      { numRuns: 15, seed: 1 },
    );
  });
});
