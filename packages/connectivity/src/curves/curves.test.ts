import { describe, expect, test } from '@jest/globals';
import { foldIn, keyFromSeed, uniform } from '@basinlab/core/random';
import type { ParamSpec } from '@basinlab/core';
import { matchScaling } from '@basinlab/rebasin';
import { Matrix } from 'ml-matrix';
import { frobenius, randomMatrix, relativeDistance } from '../linear-algebra/index.js';
import {
  approximateAction,
  attentionCurve,
  bezierCurve,
  certify,
  chainAt,
  chainCurve,
  chainProduct,
  curvature,
  inner,
  mapPoint,
  measureCurve,
  pointDistance,
  pointOfChain,
  sagitta,
  scalingCurve,
  scalingExponents,
  straightLine,
  type Curve,
} from './index.js';

const key = keyFromSeed(8);
const matrix = (seed: number, rows: number, columns: number, deviation = 1): Matrix =>
  randomMatrix(foldIn(key, seed), rows, columns, deviation);

/** An arc of a circle around the origin in a plane of a 4-dimensional space. */
function arc(radius: number, angle: number): Curve {
  const along = (t: number, shift: number, factor: number) => ({
    x: Float64Array.of(factor * Math.cos(t * angle + shift), 0),
    y: Float64Array.of(0, factor * Math.sin(t * angle + shift)),
  });
  return {
    at: (t) => along(t, 0, radius),
    motion: (t) => ({
      position: along(t, 0, radius),
      velocity: along(t, Math.PI / 2, radius * angle),
      acceleration: along(t, Math.PI, radius * angle ** 2),
    }),
  };
}

/** Largest relative error of velocity and acceleration against central differences. */
function derivativeError(curve: Curve, t: number): number {
  const h = 1e-4;
  const { position, velocity, acceleration } = curve.motion(t);
  const [before, after] = [curve.at(t - h), curve.at(t + h)];
  const first = mapPoint(position, (values, name) => values.map((_, i) => (after[name]![i]! - before[name]![i]!) / (2 * h)));
  const second = mapPoint(position, (values, name) =>
    values.map((value, i) => (after[name]![i]! - 2 * value + before[name]![i]!) / h ** 2),
  );
  const size = (point: typeof position) => Math.sqrt(inner(point, point)) || 1;
  return Math.max(pointDistance(first, velocity) / size(velocity), pointDistance(second, acceleration) / size(acceleration));
}

describe('geometry', () => {
  test.each([
    [1, 1],
    [3, 0.2],
    [0.5, 6],
  ])('a circle of radius %p has curvature 1 / radius and its own length', (radius, angle) => {
    const measured = measureCurve(arc(radius, angle));
    expect(measured.maximalCurvature).toBeCloseTo(1 / radius, 10);
    expect(measured.length).toBeCloseTo(radius * angle, 8);
  });
  test('a straight line has none', () => {
    const line = straightLine({ x: Float64Array.of(0, 0) }, { x: Float64Array.of(3, 4) });
    expect(measureCurve(line)).toMatchObject({ maximalCurvature: 0, length: expect.closeTo(5, 10) });
  });
  test('of a pair of layers is that of the formula', () => {
    const [u, v, m] = [matrix(1, 3, 4), matrix(2, 4, 5), matrix(3, 4, 4, 0.3)];
    const curve = chainCurve([v, u], [[m]]);
    const first = [u.mmul(m).mul(-1), m.mmul(v)];
    const second = [u.mmul(m).mmul(m), m.mmul(m).mmul(v)];
    const dot = (a: Matrix[], b: Matrix[]): number => a.reduce((sum, part, i) => sum + Matrix.mul(part, b[i]!).sum(), 0);
    const expected = Math.sqrt(dot(first, first) * dot(second, second) - dot(first, second) ** 2) / dot(first, first) ** 1.5;
    expect(curvature(curve, 0)).toBeCloseTo(expected, 10);
  });
});

test('a Bezier curve has the derivatives of its formula, and is straight with its bend in the middle', () => {
  const [a, m, b] = [1, 2, 3].map((seed) => ({ w: Float64Array.from(matrix(seed, 1, 6).to1DArray()) }));
  const curve = bezierCurve(a!, m!, b!);
  expect(pointDistance(curve.at(0), a!) + pointDistance(curve.at(1), b!)).toBe(0);
  for (const t of [0.2, 0.7]) expect(derivativeError(curve, t)).toBeLessThan(1e-5);
  expect(measureCurve(bezierCurve(a!, straightLine(a!, b!).at(0.5), b!)).maximalCurvature).toBeLessThan(1e-12);
});

describe('symmetry-induced curves', () => {
  test('of chains keep the product; velocity and acceleration are its derivatives', () => {
    const chain = [matrix(1, 4, 6), matrix(2, 5, 4), matrix(3, 3, 5)];
    const curve = chainCurve(chain, [[matrix(4, 4, 4, 0.4)], [matrix(5, 5, 5, 0.2), matrix(6, 5, 5, 0.3)]]);
    for (const t of [0, 0.3, 1]) {
      expect(relativeDistance(chainProduct(chainAt(curve.at(t), chain)), chainProduct(chain))).toBeLessThan(1e-11);
      expect(derivativeError(curve, t)).toBeLessThan(1e-5);
    }
    expect(curve.at(0)).toEqual(pointOfChain(chain));
    expect(() => chainCurve(chain, [null])).toThrow('chainCurve: 2 elements, one per hidden space, got 1');
    expect(() => chainCurve(chain, [[Matrix.eye(3)], null])).toThrow('chainCurve: an element of size 4 for hidden space 0, got [3,3]');
  });
  test('of attention keep scores and outputs of every head', () => {
    const weights = { query: matrix(1, 6, 5), key: matrix(2, 6, 5), value: matrix(3, 4, 5), output: matrix(4, 5, 4) };
    const curve = attentionCurve(weights, {
      queryKey: [[matrix(5, 3, 3, 0.4)], null],
      valueOutput: [[matrix(6, 2, 2, 0.4)], [matrix(7, 2, 2, 0.4)]],
    });
    const heads = (point: ReturnType<Curve['at']>): Matrix[] => {
      const at = (name: keyof typeof weights): Matrix =>
        Matrix.from1DArray(weights[name].rows, weights[name].columns, Array.from(point[name]!));
      return [0, 1].flatMap((head) => [
        at('query')
          .subMatrix(3 * head, 3 * head + 2, 0, 4)
          .transpose()
          .mmul(at('key').subMatrix(3 * head, 3 * head + 2, 0, 4)),
        at('output')
          .subMatrix(0, 4, 2 * head, 2 * head + 1)
          .mmul(at('value').subMatrix(2 * head, 2 * head + 1, 0, 4)),
      ]);
    };
    const start = heads(curve.at(0));
    for (const t of [0.4, 1]) {
      heads(curve.at(t)).forEach((product, i) => expect(relativeDistance(product, start[i]!)).toBeLessThan(1e-12));
      expect(derivativeError(curve, t)).toBeLessThan(1e-5);
    }
    expect(() => attentionCurve(weights, { queryKey: [[Matrix.eye(2)], null], valueOutput: [null, null] })).toThrow(
      'elements of queryKey of size 3, got [2,2]',
    );
  });
  test('of scalings multiply what makes a unit and divide what reads it', () => {
    const axis = { group: 'hidden' };
    const spec = (name: string, shape: number[], role: ParamSpec['role'], axes: ParamSpec['axes']): ParamSpec => ({
      name,
      shape,
      role,
      axes,
      init: { kind: 'zeros' },
    });
    const specs = [spec('w1', [2, 3], 'weight', [axis, null]), spec('b1', [2], 'bias', [axis]), spec('w2', [1, 2], 'weight', [null, axis])];
    const point = { w1: Float64Array.of(1, 2, 3, 4, 5, 6), b1: Float64Array.of(1, 1), w2: Float64Array.of(1, 1) };
    const curve = scalingCurve(point, scalingExponents(specs, { hidden: [4, 0.25] }));
    expect(Array.from(curve.at(1)['w1']!)).toEqual([4, 8, 12, 1, 1.25, 1.5]);
    expect(Array.from(curve.at(1)['b1']!)).toEqual([4, 0.25]);
    expect(Array.from(curve.at(0.5)['w2']!)).toEqual([0.5, 2]);
    expect(derivativeError(curve, 0.3)).toBeLessThan(1e-5);
    // Behind a norm only its gain and offset matter.
    const normed = scalingExponents([...specs, spec('gain', [2], 'norm', [axis])], { hidden: [Math.E, 1] });
    expect(Array.from(normed['w1']!)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Array.from(normed['gain']!)).toEqual([1, 0]);
    expect(Array.from(normed['w2']!)).toEqual([-1, 0]);
    expect(() => scalingExponents(specs, { other: [1, 1] })).toThrow('scalingExponents: a group of the network (hidden), got other');
    expect(() => scalingExponents(specs, { hidden: [1, -1] })).toThrow('scalingExponents: positive factors, got -1');
  });
});

describe('matchScaling', () => {
  const sizes = [5, 7, 6, 3];
  const groups = ['first', 'second'];
  const specs = sizes.slice(1).flatMap((units, layer): ParamSpec[] => {
    const axis = layer < 2 ? { group: groups[layer]! } : null;
    const from = layer > 0 ? { group: groups[layer - 1]! } : null;
    const shared = { init: { kind: 'zeros' } as const };
    return [
      { ...shared, name: `w${layer}`, shape: [units, sizes[layer]!], role: 'weight', axes: [axis, from] },
      { ...shared, name: `b${layer}`, shape: [units], role: 'bias', axes: [axis] },
    ];
  });
  const point = (seed: number) =>
    Object.fromEntries(
      specs.map(({ name, shape }, at) => [
        name,
        Float64Array.from(
          matrix(
            seed + at,
            1,
            shape.reduce((x, y) => x * y),
          ).to1DArray(),
        ),
      ]),
    );
  test('takes back a planted scaling', () => {
    const a = point(1);
    const planted = { first: Array.from({ length: 7 }, (_, i) => 0.3 + 0.5 * i), second: Array.from({ length: 6 }, (_, i) => 3 - 0.4 * i) };
    const b = scalingCurve(a, scalingExponents(specs, planted)).at(1);
    const { scaling, scaled } = matchScaling(specs, a, b, { sweeps: 200 });
    expect(pointDistance(a, scaled)).toBeLessThan(1e-6 * pointDistance(a, b));
    expect(scaling['first']![3]! * planted.first[3]!).toBeCloseTo(1, 6);
  });
  test('never moves away, and agrees with the curve of its factors', () => {
    const [a, b] = [point(1), point(40)];
    let before = pointDistance(a, b);
    for (const sweeps of [1, 2, 5]) {
      const { scaling, scaled } = matchScaling(specs, a, b, { sweeps });
      expect(pointDistance(scaled, scalingCurve(b, scalingExponents(specs, scaling)).at(1))).toBeLessThan(1e-9);
      expect(pointDistance(a, scaled)).toBeLessThanOrEqual(before);
      before = pointDistance(a, scaled);
    }
  });
  test('leaves groups that make and read one parameter', () => {
    const square: ParamSpec = {
      name: 'r',
      shape: [7, 7],
      role: 'weight',
      axes: [{ group: 'first' }, { group: 'first' }],
      init: { kind: 'zeros' },
    };
    const a = { ...point(1), r: new Float64Array(49) };
    expect(matchScaling([...specs, square], a, a).left).toEqual(['first']);
  });
});

describe('certificate', () => {
  test.each([0.3, 1, 2.5, Math.PI])('the sagitta of an arc of %p is the distance of its chord', (angle) => {
    const curve = arc(2, angle);
    const chord = pointDistance(curve.at(0), curve.at(1));
    expect(sagitta(1 / 2, chord)).toBeCloseTo(2 * (1 - Math.cos(angle / 2)), 7);
  });
  test('of a flat arc does not cancel', () => {
    expect(sagitta(1e-9, 1)).toBeCloseTo(1.25e-10, 20);
    expect(sagitta(0, 1)).toBe(0);
  });
  const measured = { loss: 0, lossChange: 0, lipschitz: 3 };
  test('bounds the loss on the chord of a short arc', () => {
    const result = certify({ curvature: 0.5, length: 2, chord: 1.9, ...measured });
    expect(result).toMatchObject({ applies: true, distance: sagitta(0.5, 1.9), epsilon: 3 * sagitta(0.5, 1.9) });
  });
  test('refuses the long way round, too much curvature, and a loss that changes', () => {
    const long = arc(2, 5);
    const { maximalCurvature, length } = measureCurve(long);
    const result = certify({ curvature: maximalCurvature, length, chord: pointDistance(long.at(0), long.at(1)), ...measured });
    expect(result.applies).toBe(false);
    expect(result.hypotheses.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual(['arc at most half a circle']);
    expect(certify({ curvature: 3, length: 1, chord: 1, ...measured })).toMatchObject({ applies: false, epsilon: Infinity });
    expect(certify({ curvature: 0.1, length: 1, chord: 1, ...measured, lossChange: 0.1 }).applies).toBe(false);
  });
  test('holds for deep linear networks: the chord of a short orbit stays below epsilon', () => {
    const chain = [matrix(1, 3, 3), matrix(2, 3, 3)];
    const target = chainProduct(chain);
    const curve = chainCurve(chain, [[matrix(3, 3, 3, 0.15)]]);
    const { maximalCurvature, length } = measureCurve(curve);
    const [start, end] = [curve.at(0), curve.at(1)];
    const line = straightLine(start, end);
    const loss = (t: number): number => frobenius(Matrix.sub(chainProduct(chainAt(line.at(t), chain)), target));
    // The gradient of ||U V - A|| is at most ||U|| + ||V||, and norms are convex: between two points it is no larger than at one of them.
    const norms = [line, curve].flatMap((path) => [0, 0.25, 0.5, 0.75, 1].map((t) => chainAt(path.at(t), chain).map(frobenius)));
    const lipschitz = Math.max(...norms.map(([v, u]) => v! + u!));
    const result = certify({ curvature: maximalCurvature, length, chord: pointDistance(start, end), loss: 0, lossChange: 0, lipschitz });
    expect(result.applies).toBe(true);
    expect(Math.max(...[0.25, 0.5, 0.75].map(loss))).toBeLessThan(result.epsilon);
  });
});

test('the approximate action changes the output by less than its size on 100 random networks, and not at all for small batches', () => {
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  const size = (seed: number): number => 2 + Math.floor(uniform(foldIn(key, seed), 1)[0]! * 99);
  for (let net = 0; net < 100; net++) {
    const [m, h, n, batch] = [0, 1, 2, 3].map((at) => (net % 10 === 0 ? size(1000 + 4 * net + at) : 2 + (size(1000 + 4 * net + at) % 18)));
    const parts = { u: matrix(net, m!, h!), v: matrix(net + 200, h!, n!) };
    const { change, bound } = approximateAction(parts, matrix(net + 400, h!, h!), matrix(net + 600, n!, batch!), sigmoid);
    expect(change).toBeLessThanOrEqual(bound * (1 + 1e-12));
    if (batch! <= h! / 2 && batch! <= n!) expect(change / bound).toBeLessThan(1e-6);
  }
});
