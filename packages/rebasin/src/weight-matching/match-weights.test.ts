import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { ParamSpec, Tensors } from '@basinlab/core';
import { foldIn, keyFromSeed, normal, permutation } from '@basinlab/core/random';
import fc from 'fast-check';
import { invertTransform, permutations } from '../transform/algebra.js';
import { applyTransform } from '../transform/apply.js';
import { contractionOf } from './contraction.js';
import { costSource } from './costs.js';
import type { AssignmentStep } from './descend.js';
import { matchWeights } from './match-weights.js';

beforeAll(() => tf.setBackend('cpu'));

const spec = (name: string, shape: number[], ...groups: (string | null)[]): ParamSpec => ({
  name,
  shape,
  init: { kind: 'zeros' },
  role: 'weight',
  axes: groups.map((group) => (group === null ? null : { group })),
});
/** Two hidden layers, one of them tied by a residual tensor to itself, and a convolution-like tensor with taps in the middle. */
const specs: ParamSpec[] = [
  spec('in', [16, 5], 'p', null),
  spec('in.bias', [16], 'p'),
  spec('residual', [16, 16], 'p', 'p'),
  spec('middle', [16, 2, 24], 'p', null, 'q'),
  { ...spec('out', [3, 48], null, 'q'), axes: [null, { group: 'q', block: 2 }] },
];
const draw = (seed: number): Tensors =>
  Object.fromEntries(
    specs.map(({ name, shape }, i) => [
      name,
      tf.tensor(
        normal(
          keyFromSeed(100 * seed + i),
          shape.reduce((x, y) => x * y, 1),
        ),
        [...shape],
      ),
    ]),
  );
const noisy = (tensors: Tensors, deviation: number): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, x], i) => [name, tf.add(x, tf.tensor(normal(keyFromSeed(i), x.size, { deviation }), x.shape))]),
  );
const planted = permutations([
  ['p', permutation(keyFromSeed(7), 16)],
  ['q', permutation(keyFromSeed(8), 24)],
]);

describe('matchWeights', () => {
  test('undoes a planted permutation under noise, through ties of an axis with itself, blocks and taps', async () => {
    const a = draw(1);
    const b = noisy(applyTransform(specs, a, planted), 0.05);
    const found = await matchWeights(a, b, { specs, key: keyFromSeed(3) });
    expect(found.transform).toEqual(invertTransform(planted));
    expect(found.objective).toBeLessThan(0.2 * found.identityObjective);
  });

  test('every descent ends where no single group can gain, and the best by the sum of norms is kept', async () => {
    const [a, b] = [draw(1), draw(2)];
    const { restarts, bestRestart, objective, identityObjective, transform } = await matchWeights(a, b, {
      specs,
      key: keyFromSeed(3),
      restarts: 6,
    });
    expect(objective).toBe(Math.min(...restarts.map((restart) => restart.objective)));
    expect(restarts[bestRestart]!.transform).toEqual(transform);
    const distance = (other: Tensors) => specs.reduce((sum, { name }) => sum + tf.norm(tf.sub(a[name]!, other[name]!)).dataSync()[0]!, 0);
    expect(distance(applyTransform(specs, b, transform))).toBeCloseTo(objective, 3);
    expect(distance(b)).toBeCloseTo(identityObjective, 3);
    // Started at its own result, a descent stays there.
    const again = await matchWeights(a, applyTransform(specs, b, transform), { specs, key: keyFromSeed(4), restarts: 1 });
    expect(again.restarts[0]!.sweeps).toBe(1);
    expect(again.objective).toBeCloseTo(objective, 10);
  });

  test('is the same for the same key; given orders are followed and end a descent', async () => {
    const [a, b] = [draw(1), draw(2)];
    const run = (seed: number) => matchWeights(a, b, { specs, key: keyFromSeed(seed), restarts: 2 });
    expect(await run(5)).toEqual(await run(5));
    const steps: AssignmentStep[] = [];
    const found = await matchWeights(a, b, { specs, key: keyFromSeed(0), orders: [[['q', 'p']], []], onStep: (step) => steps.push(step) });
    expect(steps.map(({ restart, sweep, position, group }) => [restart, sweep, position, group])).toEqual([
      [0, 0, 0, 'q'],
      [0, 0, 1, 'p'],
    ]);
    expect(found.restarts.map(({ converged, sweeps }) => [converged, sweeps])).toEqual([
      [false, 1],
      [false, 0],
    ]);
    expect(found.restarts[1]!.objective).toBe(found.identityObjective);
  });

  test('visits a group again only once a neighbour has moved', async () => {
    const a = draw(1);
    const steps: AssignmentStep[] = [];
    await matchWeights(a, a, {
      specs,
      key: keyFromSeed(0),
      orders: [
        [
          ['p', 'q'],
          ['p', 'q'],
        ],
      ],
      onStep: (step) => steps.push(step),
    });
    expect(steps.map(({ sweep, group }) => `${sweep} ${group}`)).toEqual(['0 p', '0 q']);
  });

  test('leaves no tensor behind', async () => {
    const [a, b] = [draw(1), draw(2)];
    const before = tf.memory().numTensors;
    await matchWeights(a, b, { specs, key: keyFromSeed(0), restarts: 2 });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('refuses missing tensors, other shapes, NaN, unknown groups and no restart', async () => {
    const a = draw(1);
    const match = (b: Tensors, options = {}) => matchWeights(a, b, { specs, key: keyFromSeed(0), ...options });
    await expect(match({})).rejects.toThrow('weight-matching: a parameter in, got none');
    await expect(match({ ...a, 'in.bias': tf.zeros([3]) })).rejects.toThrow('in.bias: shape [16], got [3]');
    await expect(match({ ...a, 'in.bias': tf.fill([16], NaN) })).rejects.toThrow('in.bias: finite parameters, got NaN or Infinity');
    await expect(match(a, { orders: [[['r']]] })).rejects.toThrow('orders that name groups of this network, got r. Known: p, q');
    await expect(match(a, { restarts: 0 })).rejects.toThrow('at least one restart, got 0');
  });
});

describe('costSource', () => {
  test('computes the same on the device as on the host, also where nothing moves', async () => {
    const units = 300;
    const large = [spec('first', [units, 20], 'p', null), spec('second', [40, units], 'q', 'p'), spec('alone', [2000, 30], 'r', null)];
    const host = (seed: number) =>
      Object.fromEntries(large.map(({ name, shape }, i) => [name, normal(keyFromSeed(10 * seed + i), shape[0]! * shape[1]!)]));
    const [a, b] = [host(1), host(2)];
    const moved = permutation(keyFromSeed(9), 40);
    const contraction = contractionOf('p', units, large, a, b);
    const source = costSource(contraction);
    const before = tf.memory().numTensors;
    const costs = await source.costs(new Map([['q', { indices: moved }]]));
    expect(tf.memory().numTensors).toBe(before);
    let worst = 0;
    for (const [i, j] of [
      [0, 0],
      [299, 0],
      [17, 241],
      [120, 299],
    ] as const) {
      let expected = 0;
      for (let k = 0; k < 20; k++) expected += a['first']![i * 20 + k]! * b['first']![j * 20 + k]!;
      for (let k = 0; k < 40; k++) expected += a['second']![k * units + i]! * b['second']![moved[k]! * units + j]!;
      worst = Math.max(worst, Math.abs(expected - costs[i * units + j]!));
    }
    expect(before).toBeGreaterThan(0); // the device path holds the operands
    expect(worst).toBeLessThan(1e-4);
    source.dispose();

    const alone = costSource(contractionOf('r', 2000, large, a, b));
    const fixed = await alone.costs(new Map());
    let expected = 0;
    for (let k = 0; k < 30; k++) expected += a['alone']![5 * 30 + k]! * b['alone']![1999 * 30 + k]!;
    expect(fixed[5 * 2000 + 1999]).toBeCloseTo(expected, 4);
    alone.dispose();
  });
});

test('a group on both sides of one tensor: the descent ends, and never behind where it began', async () => {
  const twice = [spec('quadratic', [9, 9], 'g', 'g'), spec('linear', [9, 2], 'g', null)];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
      const model = (at: number): Tensors => ({
        quadratic: tf.tensor2d(normal(foldIn(keyFromSeed(seed), at), 81), [9, 9]),
        linear: tf.tensor2d(normal(foldIn(keyFromSeed(seed), at + 10), 18), [9, 2]),
      });
      const [a, b] = [model(0), model(1)];
      const inner = (x: Tensors): number => tf.addN(Object.keys(a).map((name) => tf.sum(tf.mul(a[name]!, x[name]!)))).dataSync()[0]!;
      const { transform, restarts } = await matchWeights(a, b, { specs: twice, key: keyFromSeed(1), restarts: 1 });
      expect(restarts[0]!.converged).toBe(true);
      expect(inner(applyTransform(twice, b, transform))).toBeGreaterThanOrEqual(inner(b) - 1e-3);
    }),
    { numRuns: 30 },
  );
});
