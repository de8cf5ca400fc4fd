import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildNetwork, type SymmetryBreaking, type Variables } from '@basinlab/core';
import { keyFromSeed, normal, permutation } from '@basinlab/core/random';
import { rowSums } from '@basinlab/core/training';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { layered } from '../layered.fixture.js';
import { applyTransform, groupSizes, permutations } from '../transform/index.js';
import { createHybridEvaluator, cutsOf } from './hybrids.js';
import type { Stage } from './diagnosis.measurement.js';
import { stageCosts, verdictOf } from './verdict.js';

beforeAll(() => tf.setBackend('cpu'));

const unbroken: SymmetryBreaking = { id: 'standard', summary: 'none', options: z.strictObject({}), constants: () => null };
const network = buildNetwork({ architecture: layered, options: { widths: [8, 6] }, breaking: unbroken });
const model = (seed: number): Variables => network.init({ initKey: keyFromSeed(seed), constantsKey: keyFromSeed(0) });
const data = () => ({
  inputs: tf.tensor2d(normal(keyFromSeed(7), 30 * 6), [30, 6]),
  labels: tf.tensor1d(
    Int32Array.from({ length: 30 }, (_, i) => i % 3),
    'int32',
  ),
});
const lossOf = (variables: Variables, split: ReturnType<typeof data>): number =>
  rowSums(network, variables, split).loss.dataSync()[0]! / 30;
const mean = ({ params, state }: Variables, other: Variables): Variables => ({
  params: Object.fromEntries(Object.entries(params).map(([name, x]) => [name, tf.div(tf.add(x, other.params[name]!), 2)])),
  state: Object.fromEntries(Object.entries(state).map(([name, x]) => [name, tf.div(tf.add(x, other.state[name]!), 2)])),
  constants: {},
});

describe('hybrids', () => {
  test('are the ends, the mean, and one model up to a cut with the other behind it', async () => {
    const [a, b, split] = [model(1), model(2), data()];
    const cuts = cutsOf(network, a, split);
    expect(new Set(cuts.map(({ group }) => group))).toEqual(new Set(groupSizes(network.params).keys()));
    const evaluator = createHybridEvaluator(network, cuts, { batch: 7 });
    const every = (share: number) => ({ shares: Array.from({ length: cuts.length + 1 }, () => share) });
    const firstPart = { shares: every(1).shares.map((_, part) => (part === 0 ? 0 : 1)) };
    const before = tf.memory().numTensors;
    const found = await evaluator.evaluate(a, b, [every(0), every(1), every(0.5), firstPart], split);
    expect(tf.memory().numTensors).toBe(before);
    expect(found[0]!.loss).toBeCloseTo(lossOf(a, split), 5);
    expect(found[1]!.loss).toBeCloseTo(lossOf(b, split), 5);
    expect(found[2]!.loss).toBeCloseTo(lossOf(mean(a, b), split), 5);
    // By hand: what is used before the first activation comes from the first model.
    const used: string[] = [];
    let isBefore = true;
    const watched = new Proxy(a.params, { get: (target, name: string) => (isBefore && used.push(name), target[name]) });
    network.standard.apply({ ...a, params: watched }, split.inputs, { tap: ({ site }) => void (isBefore &&= site !== 'post-activation') });
    const switched = { ...b.params, ...Object.fromEntries(used.map((name) => [name, a.params[name]!])) };
    expect(used.length).toBeGreaterThan(0);
    expect(used.length).toBeLessThan(Object.keys(a.params).length);
    const stateOfFirst = Object.fromEntries(Object.entries(b.state).map(([name, x]) => [name, name.startsWith('0.') ? a.state[name]! : x]));
    expect(found[3]!.loss).toBeCloseTo(lossOf({ params: switched, state: stateOfFirst, constants: {} }, split), 5);
    evaluator.dispose();
  });

  test('of a model and itself with units exchanged lose nothing where the exchange is undone, at every cut', async () => {
    const [a, split] = [model(1), data()];
    const hidden = permutations([...groupSizes(network.params)].map(([group, size]) => [group, permutation(keyFromSeed(size), size)]));
    const b = { ...a, params: applyTransform(network.params, a.params, hidden), state: applyTransform(network.state, a.state, hidden) };
    const cuts = cutsOf(network, a, split);
    const evaluator = createHybridEvaluator(network, cuts);
    const plans = cuts.map((_, at) => ({ shares: Array.from({ length: cuts.length + 1 }, (__, part) => (part > at ? 1 : 0)) }));
    const [apart, own] = [await evaluator.evaluate(a, b, plans, split), await evaluator.evaluate(a, a, plans, split)];
    const loss = lossOf(a, split);
    for (const hybrid of own) expect(hybrid.loss).toBeCloseTo(loss, 5);
    expect(apart.some((hybrid) => Math.abs(hybrid.loss - loss) > 1e-3)).toBe(true);
    await expect(evaluator.evaluate(a, b, [{ shares: [0] }], split)).rejects.toThrow('shares');
    evaluator.dispose();
  });
});

describe('the verdict', () => {
  const rows = (losses: Partial<Record<Stage, number>>) =>
    Object.entries(losses).map(([stage, above]) => ({
      stage,
      place: stage.startsWith('switched') || stage.startsWith('one') ? 'layer' : null,
      above,
    }));
  const base = { 'switched, map fitted there': 0, 'switched, one map': 0, 'one part averaged': 0, averaged: 1 } as const;
  test.each<[string, Partial<Record<Stage, number>>, string]>([
    ['nothing', { ...base, averaged: 0.01 }, 'Nothing fails'],
    ['other functions inside', { ...base, 'switched, map fitted there': 2, 'switched, one map': 2 }, 'do not represent alike'],
    ['a bad map', { ...base, 'switched, one map': 2 }, 'One map for the whole network is too little'],
    ['statistics', { ...base, 'averaged, statistics recomputed': 0.1 }, 'Running statistics fail'],
    ['norms', { ...base, 'averaged, norms of the first': 0.1 }, 'Norms fail'],
    ['one part', { ...base, 'one part averaged': 0.8 }, 'above all up to layer'],
    ['all parts', base, 'in no part alone'],
    ['too little measured', { averaged: 1 }, 'Not all stages'],
  ])('finds %s', (_, losses, words) => {
    expect(verdictOf(stageCosts(rows({ ends: 0, ...losses })))).toContain(words);
  });
});
