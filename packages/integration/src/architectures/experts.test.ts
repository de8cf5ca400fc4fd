import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type ParamSpec, type SymmetryTransform, type Tensors } from '@basinlab/core';
import { childKey, foldIn, keyFromSeed, nestedPermutation, normal, permutation, randomInt } from '@basinlab/core/random';
import { expectAllclose, symmetryBreakingContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { builtinBreakings, standard } from '@basinlab/models-asymmetric';
import { gpt2 } from '@basinlab/models-transformer';
import { applyTransform, createModelMatcher, foldUnits, groupNests, groupSizes, matchLearned, matchSinkhorn } from '@basinlab/rebasin';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const options = { vocabulary: 7, positions: 5, width: 12, heads: 2, layers: 2, units: 6, experts: { count: 3, active: 2, balance: 0 } };
const tokens = (batch: number) => tf.tensor2d(randomInt(keyFromSeed(3), batch * 5, 0, 7), [batch, 5], 'int32');
const onExperts = { architecture: gpt2, architectureOptions: options, inputShape: [5], inputs: tokens };
const breakingOptions: Readonly<Record<string, object>> = { w: { fixedPerUnit: 2 } };
const away = ({ name, shape, init }: ParamSpec, at: number): tf.Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.add(
    tf.tensor(normal(foldIn(keyFromSeed(name.length), at), size, { deviation: 0.5 }), [...shape]),
    init.kind === 'ones' ? 1 : 0,
  );
};

describe('every breaking on a mixture of experts', () => {
  for (const breaking of builtinBreakings) {
    testContract(
      symmetryBreakingContract(breaking, [
        {
          ...onExperts,
          options: breakingOptions[breaking.id] ?? {},
          breaks: breaking.id !== 'standard',
          random: !['standard', 'linear-residual'].includes(breaking.id),
        },
      ]),
    );
  }

  test.each(builtinBreakings.map(({ id }) => id))('%s: experts that keep their units in order', (id) => {
    const breaking = builtinBreakings.find((each) => each.id === id)!;
    const network = buildNetwork({ architecture: gpt2, options, breaking, breakingOptions: breakingOptions[id] ?? {} });
    const [variables, x] = [network.init({ initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) }), tokens(4)];
    const params: Tensors = Object.fromEntries(network.params.map((spec, at) => [spec.name, away(spec, at)]));
    const nests = groupNests(network.params);
    const swapped: SymmetryTransform = Object.fromEntries(
      Array.from(nests, ([group, nest]) => {
        const order = [1, 2, 0];
        const indices = Int32Array.from({ length: 3 * nest }, (_, at) => order[Math.floor(at / nest)]! * nest + (at % nest));
        return [group, { kind: 'permutation', indices }];
      }),
    );
    const logits = (of: Tensors) => network.apply({ ...variables, params: of }, x).logits;
    const difference = tf.max(tf.abs(tf.sub(logits(applyTransform(network.params, params, swapped)), logits(params)))).dataSync()[0]!;
    const size = tf.max(tf.abs(logits(params))).dataSync()[0]!;
    expect([...nests.keys()]).toEqual(['blocks.0.mlp', 'blocks.1.mlp']);
    if (id === 'standard') expect(difference / size).toBeLessThan(1e-5);
    else expect(difference / size).toBeGreaterThan(1e-3);
  });
});

describe('alignment of a mixture of experts', () => {
  const network = buildNetwork({ architecture: gpt2, options, breaking: standard });
  const specs = network.params;
  const sample = (): Tensors => Object.fromEntries(specs.map((spec, at) => [spec.name, away(spec, at)]));
  const planted = (key = keyFromSeed(4)): SymmetryTransform => {
    const nests = groupNests(specs);
    return Object.fromEntries(
      Array.from(groupSizes(specs), ([group, size]) => {
        const [own, nest] = [childKey(key, group), nests.get(group)];
        return [group, { kind: 'permutation', indices: nest === undefined ? permutation(own, size) : nestedPermutation(own, size, nest) }];
      }),
    );
  };
  const model = (params: Tensors) => ({ params, constants: {}, state: {} });

  test('activation matching finds planted experts and their units', async () => {
    const a = sample();
    const b = applyTransform(specs, a, planted());
    const matcher = createModelMatcher(network);
    const found = (await matcher.match(model(a), model(b), tokens(40))).get('post-activation')!;
    matcher.dispose();
    const moved = applyTransform(specs, b, found.transform);
    for (const { name } of specs.filter((spec) => spec.name.includes('.mlp.')))
      expectAllclose(moved[name]!, a[name]!, { rtol: 0, atol: 0 });
    for (const group of groupNests(specs).keys()) expect(found.groups.get(group)!.objective).toBeCloseTo(1, 4);
  });

  test('learned matching starts where experts were brought and keeps them together; doubly stochastic matrices are refused', async () => {
    const [a, b] = [{ params: sample() }, { params: applyTransform(specs, sample(), planted()) }];
    const start = { 'blocks.0.mlp': planted()['blocks.0.mlp']! };
    const { transform } = await matchLearned(a, b, { specs, key: keyFromSeed(1), loss: null, start, steps: 2 });
    expect(transform['blocks.0.mlp']).toEqual(start['blocks.0.mlp']);
    expect(transform['residual']).toBeDefined();
    const found = transform['blocks.1.mlp']!;
    const indices = found.kind === 'permutation' ? [...found.indices] : [];
    const experts = [0, 1, 2].map((expert) => new Set(indices.slice(6 * expert, 6 * expert + 6).map((unit) => Math.floor(unit / 6))));
    expect(experts.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect([...indices].sort((left, right) => left - right)).toEqual(Array.from({ length: 18 }, (_, unit) => unit));
    await expect(matchSinkhorn(a, b, { specs, key: keyFromSeed(1), objective: 'distance' })).rejects.toThrow(
      'sinkhorn: groups without nests, which a doubly stochastic matrix does not keep together, got blocks.0.mlp. Use weight-matching',
    );
  });

  test('experts are folded each for itself: copies of units go without a loss', async () => {
    // Units 2 i and 2 i + 1 of each expert are one.
    const pairs = Float64Array.from({ length: 18 * 18 }, (_, at) => (Math.floor(at / 18 / 2) === Math.floor((at % 18) / 2) ? 0.5 : 0));
    const groups = ['blocks.0.mlp', 'blocks.1.mlp'];
    const soft = Object.fromEntries(groups.map((group) => [group, { kind: 'stochastic', size: 18, matrix: pairs } as const]));
    const doubled = applyTransform(specs, sample(), soft);
    const { transform, clusters, left } = await foldUnits(doubled, { specs, groups, share: 0.5, key: keyFromSeed(1) });
    for (const of of Object.values(clusters))
      of.forEach((cluster, unit) => expect([cluster, Math.floor(cluster / 3)]).toEqual([of[unit - (unit % 2)], Math.floor(unit / 6)]));
    const logits = (params: Tensors) => network.apply(model(params), tokens(4)).logits;
    expectAllclose(logits(applyTransform(specs, doubled, transform)), logits(doubled), { rtol: 1e-4, atol: 1e-4 });
    const total = specs.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
    // Half of the rows and offsets of `in` and of the columns of `out`, of both layers.
    expect(left).toBeCloseTo(1 - (2 * 9 * (12 + 1 + 12)) / total, 6);
  });
});
