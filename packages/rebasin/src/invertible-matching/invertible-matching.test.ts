import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { GroupAxis, ParamSpec } from '@basinlab/core';
import { conditionNumber, multiplyTransposed, transposed } from '@basinlab/core/linear-algebra';
import { childKey, foldIn, keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { normalTensors } from '../normal-tensors.fixture.js';
import { applyTransform } from '../transform/index.js';
import { invertibleMatching, matchInvertible, solveMap } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const spec = (name: string, shape: number[], axes: ParamSpec['axes']): ParamSpec => ({
  name,
  shape,
  axes,
  init: { kind: 'zeros' },
  role: 'weight',
});
const map = (group: string): GroupAxis => ({ group, kind: 'invertible' });
const reads = (group: string): GroupAxis => ({ ...map(group), as: 'reads' });

/** Linear layers of the given widths. */
const chain = (widths: readonly number[]): ParamSpec[] =>
  widths.slice(1).map((units, i) => {
    const last = i === widths.length - 2;
    return spec(`${i}`, [units, widths[i]!], [last ? null : map(`h${i}`), i === 0 ? null : reads(`h${i - 1}`)]);
  });

/** Two heads, each with maps of its own within its keys and values, and units that are permuted. */
const heads: ParamSpec[] = (() => {
  const along = (part: string, as?: 'reads') => ({
    segments: [0, 1].map((head) => [{ group: `${part}${head}`, size: 3, kind: 'invertible' as const, ...(as && { as }) }]),
  });
  const stream: GroupAxis = { group: 'stream' };
  return [
    spec('tokens', [30, 8], [null, stream]),
    spec('query', [6, 8], [along('k', 'reads'), stream]),
    spec('key', [6, 8], [along('k'), stream]),
    spec('value', [6, 8], [along('v'), stream]),
    spec('output', [8, 6], [stream, along('v', 'reads')]),
  ];
})();

describe('solveMap', () => {
  test('is where the two sides together have no slope', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 1e6 }), (n, seed) => {
        const key = keyFromSeed(seed);
        const of = (name: string, width: number) => Float64Array.from(normal(childKey(key, name), n * width));
        const [xa, xb, ra, rb] = [of('xa', 9), of('xb', 9), of('ra', 7), of('rb', 7)];
        const solved = solveMap({ units: n, values: { a: xa, b: xb }, reads: { a: ra, b: rb } });
        const times = (x: Float64Array, y: Float64Array, k: number) => multiplyTransposed(x, y, n, n, k);
        const left = times(times(ra, ra, 7), transposed(solved, n, n), n);
        const right = times(solved, times(xb, xb, 9), n);
        const wanted = times(xa, xb, 9).map((value, at) => value + times(ra, rb, 7)[at]!);
        expectAllclose(
          left.map((value, at) => value + right[at]!),
          wanted,
          { rtol: 1e-7, atol: 1e-7 },
        );
      }),
      { numRuns: 30 },
    );
  });

  test('stays at the identity where the weights say nothing', () => {
    const none = { a: new Float64Array(0), b: new Float64Array(0) };
    const zeros = { a: new Float64Array(4), b: new Float64Array(4) };
    expect([...solveMap({ units: 2, values: zeros, reads: none })]).toEqual([1, 0, 0, 1]);
  });
});

describe('matchInvertible', () => {
  test.each<[string, ParamSpec[]]>([
    ['a wide chain', chain([9, 6, 7, 5, 4])],
    ['a chain that widens', chain([3, 5, 5, 8])],
    ['heads', heads],
  ])('a planted map of every group is found: %s', async (_, specs) => {
    const a = normalTensors(specs, 1);
    const planted = randomTransform(specs, keyFromSeed(2));
    const maps = Object.fromEntries(Object.entries(planted).filter(([, { kind }]) => kind === 'invertible'));
    const b = applyTransform(specs, a, maps);
    const before = tf.memory().numTensors;
    const { transform, conditions, distances } = await matchInvertible(a, b, { specs, sweeps: 200 });
    expect(tf.memory().numTensors).toBe(before);
    const back = applyTransform(specs, b, transform);
    for (const [name, tensor] of Object.entries(a)) expectAllclose(back[name]!, tensor, { rtol: 1e-3, atol: 1e-3 });
    expect(distances.after).toBeLessThan(1e-3 * distances.before);
    for (const [group, condition] of Object.entries(conditions)) {
      const element = transform[group]!;
      expect(element.kind === 'invertible' && conditionNumber(element.matrix, element.size)).toBeCloseTo(condition);
    }
  });

  test('brings models that have nothing to do with each other closer', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const specs = seed % 2 === 0 ? heads : chain([5, 6, 6, 3]);
      const [a, b] = [normalTensors(specs, 2 * seed), normalTensors(specs, 2 * seed + 1)];
      const { distances } = await matchInvertible(a, b, { specs, condition: 1e6 });
      expect(distances.after).toBeLessThan(0.95 * distances.before);
    }
  });

  test('refuses a map that is hard to undo, and networks without such groups', async () => {
    const specs = chain([4, 3, 2]);
    const a = normalTensors(specs, 3);
    const b = applyTransform(specs, a, { h0: { kind: 'invertible', size: 3, matrix: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1e-5) } });
    await expect(matchInvertible(a, b, { specs })).rejects.toThrow(
      'invertible-matching: a map of h0 with a condition number of at most 10000, got',
    );
    const { conditions } = await matchInvertible(a, b, { specs, condition: 1e6 });
    expect(conditions['h0']! / 1e5).toBeCloseTo(1, 1);
    const permuted = [spec('w', [3, 2], [{ group: 'units' }, null])];
    const some = normalTensors(permuted, 1);
    await expect(matchInvertible(some, some, { specs: permuted })).rejects.toThrow(
      'invertible-matching: a group of kind invertible, got permutation',
    );
  });
});

test('the strategy finds maps and permutations of one network together', async () => {
  const a = normalTensors(heads, 5);
  const planted = randomTransform(heads, keyFromSeed(6));
  const b = applyTransform(heads, a, planted);
  const strategy = invertibleMatching();
  if (strategy.needs !== 'weights') throw new Error('it needs weights only');
  const transform = await strategy.align({ params: a }, { params: b }, { specs: heads, key: foldIn(keyFromSeed(7), 1) });
  const back = applyTransform(heads, b, transform);
  for (const [name, tensor] of Object.entries(a)) expectAllclose(back[name]!, tensor, { rtol: 1e-3, atol: 1e-3 });
});
