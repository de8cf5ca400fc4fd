import { describe, expect, test } from '@jest/globals';
import { keyFromSeed } from '@basinlab/core/random';
import { inverse, Matrix } from 'ml-matrix';
import { actOnChain, chainAt, chainProduct } from '../curves/chain-curve.js';
import { determinantSign, frobenius, randomMatrix, relativeDistance } from '../linear-algebra/index.js';
import {
  componentLabel,
  connect,
  connectFactorizations,
  connectWithSkip,
  countComponents,
  countSkipComponents,
  deepLinearLoss,
  elementBetween,
  exploreComponents,
  exploreSkipComponents,
  sampleMinimum,
  sampleTask,
  skipLoss,
  skipMinimum,
} from './index.js';
import type { SkipChain } from './index.js';

const scalar = (value: number): Matrix => new Matrix([[value]]);
const times = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

describe('deep linear networks', () => {
  test.each([2, 3, 4, 5].flatMap((layers) => [1, 2, 3, 4].map((h) => [layers, h] as const)))(
    '%i layers of %i units: 2^(l-1) components',
    async (layers, h) => {
      const task = sampleTask(h, keyFromSeed(10 * layers + h));
      const found = await exploreComponents(task, keyFromSeed(1), { layers, points: 3, samples: 4 * 2 ** (layers - 1) + 16 });
      expect(found.components).toHaveLength(countComponents(layers));
      expect(new Set(found.components.map(({ label }) => label.join())).size).toBe(2 ** (layers - 1));
      expect(found.largestLoss).toBeLessThan(1e-12);
    },
  );
  test.each([2, 3])('permutations join all of them from two units on: %i units', async (h) => {
    const task = sampleTask(h, keyFromSeed(h));
    const found = await exploreComponents(task, keyFromSeed(2), { layers: 3, points: 3, permute: true });
    expect(found.components).toHaveLength(1);
    expect(found.largestLoss).toBeLessThan(1e-12);
  });
  test('with one unit there is nothing to permute', async () => {
    const task = sampleTask(1, keyFromSeed(3));
    expect((await exploreComponents(task, keyFromSeed(2), { layers: 3, points: 3, permute: true })).components).toHaveLength(4);
  });
  test('the curve joins the very ends, and the element acts as it says', () => {
    const task = sampleTask(4, keyFromSeed(5));
    const [a, b] = [1, 2].map((seed) => sampleMinimum(task, 4, keyFromSeed(seed)));
    const way = connect(a!, b!);
    if (!way.connected) throw new Error(way.reason);
    chainAt(way.curve.at(1), b!).forEach((weight, layer) => expect(relativeDistance(weight, b![layer]!)).toBeLessThan(1e-7));
    expect(relativeDistance(chainProduct(way.start), chainProduct(a!))).toBeLessThan(1e-12);
    for (const t of times) expect(deepLinearLoss(task, chainAt(way.curve.at(t), a!))).toBeLessThan(1e-12 * frobenius(task.y) ** 2);
    expect(way.losses.map(({ t }) => t)).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]);
    for (const { loss } of way.losses) expect(loss).toBeLessThan(1e-12);
    way.permutations.forEach((indices, space) => expect(indices === null).toBe(determinantSign(elementBetween(a!, b!)[space]!) > 0));
  });
  test('minima are in one-to-one correspondence with their first weights: the orbit of any minimum is all of them', () => {
    // Proposition 4.1: GL_h^(l-1) acts freely and transitively.
    const task = sampleTask(3, keyFromSeed(6));
    const [a, b] = [1, 2].map((seed) => sampleMinimum(task, 4, keyFromSeed(seed)));
    const element = elementBetween(a!, b!);
    const reached = actOnChain(
      a!,
      element,
      element.map((g) => inverse(g)),
    );
    reached.forEach((weight, layer) => expect(relativeDistance(weight, b![layer]!)).toBeLessThan(1e-9));
    elementBetween(a!, reached).forEach((g, space) => expect(relativeDistance(g, element[space]!)).toBeLessThan(1e-8));
    elementBetween(a!, a!).forEach((g) => expect(relativeDistance(g, Matrix.eye(3))).toBeLessThan(1e-12));
  });
  test('an element moves a minimum to another component exactly where its determinant is negative', () => {
    // Lemma 5.1; with theorem 3.1 an orbit has as many components as the group at most.
    const task = sampleTask(3, keyFromSeed(6));
    const labels = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const a = sampleMinimum(task, 2, keyFromSeed(1));
      const g = randomMatrix(keyFromSeed(100 + seed), 3, 3);
      const moved = actOnChain(a, [g], [inverse(g)]);
      expect(componentLabel(moved)[0]! * componentLabel(a)[0]!).toBe(determinantSign(g));
      expect(connect(a, moved, { permute: false }).connected).toBe(determinantSign(g) > 0);
      labels.add(componentLabel(moved).join());
    }
    expect(labels.size).toBe(2);
  });
  test('different components are told apart by their signs', () => {
    const task = sampleTask(1, keyFromSeed(5));
    const at = (w1: number): Matrix[] => [scalar(w1), inverse(scalar(w1)).mmul(task.y).mmul(inverse(task.x))];
    expect(connect(at(1), at(-2))).toEqual({ connected: false, reason: expect.stringMatching(/hidden space 0 have opposite signs/) });
    expect(componentLabel(at(-2))).toEqual([-1]);
  });
  test('refuses what the theorem does not cover', () => {
    const task = sampleTask(2, keyFromSeed(5));
    const a = sampleMinimum(task, 2, keyFromSeed(1));
    expect(() => connect(a, [a[0]!, Matrix.mul(a[1]!, 2)])).toThrow(
      'connect: chains with equal products (both minima of one loss), got a relative',
    );
    expect(() => connect(a, [Matrix.diag([1, 0]), a[1]!])).toThrow('connect: invertible weights');
    expect(() => connect([Matrix.zeros(3, 2), Matrix.zeros(2, 3)], [Matrix.zeros(3, 2), Matrix.zeros(2, 3)])).toThrow(
      'connect: square weights, all [3, 3], got [3,2]',
    );
    expect(() => sampleMinimum({ x: Matrix.diag([1, 0]), y: Matrix.eye(2) }, 2, keyFromSeed(1))).toThrow('sampleMinimum: an invertible X');
  });
});

describe('wider hidden spaces', () => {
  const factors = (seed: number, h: number, n: number, product: Matrix): Matrix[] => {
    const v = randomMatrix(keyFromSeed(seed), h, n);
    // U = product V^+ + what vanishes on the image of V.
    const pseudo = inverse(v.transpose().mmul(v)).mmul(v.transpose());
    const free = randomMatrix(keyFromSeed(seed + 100), n, h).mmul(Matrix.sub(Matrix.eye(h), v.mmul(pseudo)));
    return [v, product.mmul(pseudo).add(free)];
  };
  test.each([
    [3, 2],
    [5, 2],
    [4, 3],
  ])('any two factorisations over %i units of rank %i are connected', (h, n) => {
    const product = randomMatrix(keyFromSeed(9), n, n);
    for (let seed = 0; seed < 6; seed++) {
      const [a, b] = [factors(seed, h, n, product), factors(seed + 50, h, n, product)];
      const way = connectFactorizations(a, b);
      if (!way.connected) throw new Error(way.reason);
      for (const t of times) expect(relativeDistance(chainProduct(chainAt(way.curve.at(t), a)), product)).toBeLessThan(1e-8);
      chainAt(way.curve.at(1), a).forEach((weight, layer) => expect(relativeDistance(weight, b[layer]!)).toBeLessThan(1e-8));
    }
  });
  test('without a unit to spare there are two components', () => {
    const a = [Matrix.eye(2), Matrix.eye(2)];
    expect(connectFactorizations(a, [Matrix.diag([-1, 1]), Matrix.diag([-1, 1])])).toMatchObject({ connected: false });
    expect(connectFactorizations(a, [Matrix.diag([-1, -1]), Matrix.diag([-1, -1])])).toMatchObject({ connected: true });
  });
  test('refuses narrow spaces and singular products', () => {
    const a = [Matrix.zeros(1, 2), Matrix.zeros(2, 1)];
    expect(() => connectFactorizations(a, a)).toThrow('connectFactorizations: at least as many hidden units as inputs, got [1,2]');
    const b = [Matrix.zeros(3, 2), Matrix.zeros(2, 3)];
    expect(() => connectFactorizations(b, b)).toThrow('an invertible product (full-rank data), got a singular one');
  });
});

describe('a residual connection', () => {
  const task = { x: scalar(1), y: scalar(1) };
  const at = (w1: number, w3: number): SkipChain => skipMinimum(task, 1, scalar(w1), scalar(w3));
  test('with one unit leaves three components of four', () => {
    const corners = [at(1, 2), at(-1, 2), at(1, -2), at(-1, -2)];
    const joined = corners.map((a) => corners.map((b) => connectWithSkip(task, 1, a, b).connected));
    expect(joined).toEqual([
      [true, true, false, false],
      [true, true, false, false],
      [false, false, true, false],
      [false, false, false, true],
    ]);
    expect(countSkipComponents(1, 1)).toBe(3);
    const welded = connectWithSkip(task, 1, corners[0]!, corners[1]!);
    if (!welded.connected) throw new Error(welded.reason);
    for (let i = 0; i <= 100; i++) expect(skipLoss(task, 1, welded.at(i / 100))).toBeLessThan(1e-24);
    // Also from the line in between, where the first weight is 0.
    expect(connectWithSkip(task, 1, [scalar(0), scalar(7), scalar(1)], corners[1]!).connected).toBe(true);
  });
  test('without the skip there are four', () => {
    const free = (w1: number, w3: number): SkipChain => skipMinimum(task, 0, scalar(w1), scalar(w3));
    const corners = [free(1, 2), free(-1, 2), free(1, -2), free(-1, -2)];
    expect(corners.map((a) => corners.filter((b) => connectWithSkip(task, 0, a, b).connected).length)).toEqual([1, 1, 1, 1]);
    expect(countSkipComponents(3, 0)).toBe(4);
  });
  test.each([2, 3, 4])('with %i units leaves two, by the sign of det W_3', (h) => {
    const wide = sampleTask(h, keyFromSeed(h));
    const minima = Array.from({ length: 14 }, (_, seed) =>
      skipMinimum(wide, 0.7, randomMatrix(keyFromSeed(20 + seed), h, h), randomMatrix(keyFromSeed(40 + seed), h, h)),
    );
    expect(new Set(minima.map(([w1, , w3]) => `${determinantSign(w1)} ${determinantSign(w3)}`)).size).toBe(4);
    for (const a of minima.slice(0, 4)) {
      for (const b of minima) {
        const way = connectWithSkip(wide, 0.7, a, b);
        expect(way.connected).toBe(determinantSign(a[2]) === determinantSign(b[2]));
        if (!way.connected) continue;
        for (let i = 0; i <= 12; i++) expect(skipLoss(wide, 0.7, way.at(i / 12)) / frobenius(wide.y) ** 2).toBeLessThan(1e-12);
        way.at(1).forEach((weight, layer) => expect(relativeDistance(weight, b[layer]!)).toBeLessThan(1e-7));
      }
    }
    expect(countSkipComponents(h, 0.7)).toBe(2);
  });
  test.each([
    [1, 3],
    [2, 2],
    [3, 2],
  ])('walking among minima of %i units finds %i components', async (h, count) => {
    const found = await exploreSkipComponents(sampleTask(h, keyFromSeed(30 + h)), 0.8, keyFromSeed(3), { samples: 24, points: 5 });
    expect(found.components).toHaveLength(count);
    expect(found.largestLoss).toBeLessThan(1e-12);
    expect(found.components.reduce((sum, { members }) => sum + members.length, 0)).toBe(24);
  });
  test('paths do not jump', () => {
    const wide = sampleTask(2, keyFromSeed(2));
    const [a, b] = [1, 2].map((seed) =>
      skipMinimum(wide, 1, randomMatrix(keyFromSeed(20 + seed), 2, 2), randomMatrix(keyFromSeed(7), 2, 2)),
    );
    const way = connectWithSkip(wide, 1, a!, b!);
    if (!way.connected) throw new Error(way.reason);
    const steps = 2000;
    const jumps = Array.from({ length: steps }, (_, i) => {
      const [now, next] = [way.at(i / steps), way.at((i + 1) / steps)];
      return Math.hypot(...now.map((weight, layer) => frobenius(Matrix.sub(next[layer]!, weight))));
    });
    expect(Math.max(...jumps)).toBeLessThan(0.2);
  });
  test('refuses points that are no minima', () => {
    expect(() => connectWithSkip(task, 1, [scalar(1), scalar(1), scalar(1)], at(1, 1))).toThrow(
      'connectWithSkip: minima, got a loss of 1.0e+0 ||Y||^2',
    );
  });
});
