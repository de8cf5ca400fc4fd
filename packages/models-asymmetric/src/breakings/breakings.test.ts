import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { buildNetwork } from '@basinlab/core';
import type { SymmetryBreaking } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { expectAllclose, symmetryBreakingContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import { mlp } from '../architectures/mlp.js';
import { sigma } from './sigma.js';
import { standard } from './standard.js';
import { syre } from './syre.js';
import { w } from './w.js';
import type { WOptions } from './w.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const architectureOptions = { inputs: 6, widths: [5, 4], outputs: 3 };
const on = { architecture: mlp, architectureOptions, inputShape: [6] };
const keys = { initKey: keyFromSeed(1), constantsKey: keyFromSeed(2) };

testContract(symmetryBreakingContract(standard, [{ ...on, options: {}, breaks: false }]));
testContract(
  symmetryBreakingContract(w, [
    { ...on, options: { fixedPerUnit: 2 } },
    { ...on, options: { fixedPerUnit: [3, 2, 1], fixedScale: [1, 0.5, 0] } },
    { ...on, options: { fixedPerUnit: 1, positions: 'densest' } },
    { ...on, options: { fixedPerUnit: 1, positions: 'bounded' } },
  ]),
);
testContract(
  symmetryBreakingContract(syre, [
    { ...on, options: {} },
    { ...on, options: { fixedScale: [1, 2, 0.5] } },
  ]),
);
testContract(
  symmetryBreakingContract(sigma, [
    { ...on, options: {} },
    { ...on, options: { gateScale: 0.1 } },
  ]),
);

const build = <B>(
  breaking: SymmetryBreaking<B>,
  breakingOptions: Partial<B>,
  more: { norm?: 'layer-linear'; initialisationOnly?: boolean } = {},
) => {
  const { norm, ...rest } = more;
  return buildNetwork({
    architecture: mlp,
    options: { ...architectureOptions, ...(norm && { norm }) },
    breaking,
    breakingOptions,
    ...rest,
  });
};
const values = (x: tf.Tensor): number[] => Array.from(x.dataSync());

describe('w', () => {
  test('fixes as many weights of every unit as asked, cut to an integer after the sparsity factor', () => {
    const { constants } = build(w, { fixedPerUnit: [2, 3, 1], sparsity: 1.5 }).init(keys);
    const fixed = [0, 1, 2].map((layer) => values(tf.sum(tf.sub(1, constants[`layers.${layer}.linear.weight.scale`]!), 1)));
    expect(fixed).toEqual([Array(5).fill(3), Array(4).fill(4), Array(3).fill(1)]);
    expect(Object.keys(constants).filter((name) => name.includes('bias') || name.includes('norm'))).toEqual([]);
  });

  test('starts fixed raw weights at their fixed value and the others from N(0, 1 / inputs)', () => {
    const network = buildNetwork({
      architecture: mlp,
      options: { inputs: 400, widths: [300], outputs: 3 },
      breaking: w,
      breakingOptions: { fixedPerUnit: 100, fixedScale: [2, 1] },
    });
    const { params, constants } = network.init(keys);
    const raw = params['layers.0.linear.weight']!;
    const [mask, shift] = [constants['layers.0.linear.weight.scale']!, constants['layers.0.linear.weight.shift']!];
    expectAllclose(tf.mul(raw, tf.sub(1, mask)), shift, { rtol: 0, atol: 0 });
    const meanSquare = (x: tf.Tensor, share: number): number => tf.mean(tf.square(x)).dataSync()[0]! / share;
    expect(meanSquare(tf.mul(raw, mask), 0.75) * 400).toBeCloseTo(1, 1);
    expect(meanSquare(shift, 0.25)).toBeCloseTo(4, 1);
  });

  test('draws every subset of one position about equally often', () => {
    const network = buildNetwork({
      architecture: mlp,
      options: { inputs: 4, widths: [4000], outputs: 3 },
      breaking: w,
      breakingOptions: { fixedPerUnit: [1, 0] },
    });
    const free = tf.mean(network.init(keys).constants['layers.0.linear.weight.scale']!, 0);
    expectAllclose(free, [0.75, 0.75, 0.75, 0.75], { rtol: 0, atol: 0.03 });
  });

  test('refuses counts that leave nothing to train, and lists of another length', () => {
    const start = (options: Partial<WOptions>) => () => build(w, options).init(keys);
    expect(start({ fixedPerUnit: 4 })).toThrow(
      'w: fixedPerUnit times sparsity must be below the 4 inputs of layers.2.linear.weight, got 4',
    );
    expect(start({ fixedPerUnit: [1, 1] })).toThrow('w: fixedPerUnit must be one number or a list of 3, one per layer, got [1,1]');
    expect(start({ fixedPerUnit: 1.5 })).toThrow('w: options.fixedPerUnit must be valid');
    expect(start({})).toThrow('w: options.fixedPerUnit must be valid');
  });
});

describe('the linear norms', () => {
  test('freeze the variance that a w layer starts with, whatever syre adds', () => {
    const { constants, state } = build(w, { fixedPerUnit: 2 }, { norm: 'layer-linear' }).init(keys);
    const shift = constants['layers.0.linear.weight.shift']!;
    expectAllclose(state['layers.0.norm.initialVariance']!, tf.add(tf.sum(tf.square(shift), 1), 4 / 6), { rtol: 1e-6 });
    const noisy = build(syre, {}, { norm: 'layer-linear' }).init(keys);
    expectAllclose(noisy.state['layers.0.norm.initialVariance']!, Array(5).fill(1));
  });
});

describe('initialisation only', () => {
  test('starts where the broken network does, with nothing fixed', () => {
    const network = build(w, { fixedPerUnit: 2 }, { initialisationOnly: true });
    const [plain, broken] = [network.init(keys), build(w, { fixedPerUnit: 2 }).init(keys)];
    expect(plain.constants).toEqual({});
    expect(values(plain.params['layers.1.linear.weight']!)).toEqual(values(broken.params['layers.1.linear.weight']!));
    expect(network.breaking).toBe('w-initialisation');
  });

  test('has no meaning for a breaking of the activation', () => {
    expect(() => build(sigma, {}, { initialisationOnly: true })).toThrow('sigma: initialisation only needs a breaking of the weights');
  });
});

test('the standard network of sigma keeps the gates', () => {
  const network = build(sigma, {});
  const variables = network.init(keys);
  const x = tf.ones([2, 6]);
  const { logits } = network.standard.apply(network.toStandard(variables), x);
  expect(Object.keys(network.toStandard(variables).constants)).toEqual(['layers.0.gate', 'layers.1.gate']);
  expectAllclose(logits, network.apply(variables, x).logits);
});

test('constants that were drawn before are taken as they are, and starting leaks nothing', () => {
  for (const initialisationOnly of [false, true]) {
    const network = build(w, { fixedPerUnit: 2 }, { initialisationOnly });
    const before = tf.memory().numTensors;
    const first = network.init(keys);
    const second = network.init({ ...keys, initKey: keyFromSeed(9) }, first);
    const entries = Object.values({ ...first.params, ...first.state, ...first.constants });
    expect(tf.memory().numTensors - before).toBe(entries.length + Object.keys(second.params).length);
    for (const [name, value] of Object.entries(second.constants)) expect(value).toBe(first.constants[name]);
    expect(values(second.params['layers.0.linear.weight']!)).toEqual(
      values(network.init({ ...keys, initKey: keyFromSeed(9) }).params['layers.0.linear.weight']!),
    );
  }
});
