import { describe, expect, test } from '@jest/globals';
import { keyFromSeed, nestedPermutation, normal } from '@basinlab/core/random';
import fc from 'fast-check';
import { solveAssignment, solveNestedAssignment } from './index.js';

const permutationsOf = (n: number): number[][] =>
  n === 0 ? [[]] : permutationsOf(n - 1).flatMap((rest) => Array.from({ length: n }, (_, at) => rest.toSpliced(at, 0, n - 1)));

/** Every choice of one entry from each list. */
const choices = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((chosen, list) => chosen.flatMap((before) => list.map((entry) => [...before, entry])), [[]]);

const totalOf = (costs: ArrayLike<number>, columnOf: ArrayLike<number>): number =>
  Array.from(columnOf).reduce((sum, column, row) => sum + costs[row * columnOf.length + column]!, 0);

describe('solveNestedAssignment', () => {
  test.each([
    [2, 3],
    [3, 2],
    [1, 4],
    [4, 1],
  ])('%i nests of %i units: none of all elements of the group is better', (nests, nest) => {
    const units = nests * nest;
    const inner = choices(Array.from({ length: nests }, () => permutationsOf(nest)));
    const all = permutationsOf(nests).flatMap((outer) =>
      inner.map((within) => outer.flatMap((column, row) => within[row]!.map((unit) => column * nest + unit))),
    );
    for (let seed = 0; seed < 8; seed++) {
      const costs = normal(keyFromSeed(seed), units * units);
      for (const maximise of [false, true]) {
        const { columnOf, total } = solveNestedAssignment(costs, { units, nest, maximise });
        const totals = all.map((each) => totalOf(costs, each));
        expect(total).toBeCloseTo(maximise ? Math.max(...totals) : Math.min(...totals), 5);
        expect(total).toBeCloseTo(totalOf(costs, columnOf), 5);
      }
    }
  });

  test('is the plain assignment where that keeps nests together, whatever their sizes', () => {
    const count = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 0, max: 1e6 }), (nests, nest, seed) => {
        const [units, key] = [nests * nest, keyFromSeed(seed)];
        const best = nestedPermutation(key, units, nest);
        const costs = normal(key, units * units, { deviation: 0.1 });
        best.forEach((column, row) => (costs[row * units + column]! += 5));
        const { columnOf, total } = solveNestedAssignment(costs, { units, nest, maximise: true });
        expect(columnOf).toEqual(best);
        expect(total).toBeCloseTo(solveAssignment(costs, { rows: units, columns: units, maximise: true }).total, 4);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  test('nests that do not divide the units, and costs of another size, are refused', () => {
    expect(() => solveNestedAssignment(new Float32Array(16), { units: 4, nest: 3 })).toThrow(
      'assignment: nests that divide 4 units, got 3',
    );
    expect(() => solveNestedAssignment(new Float32Array(9), { units: 4, nest: 2 })).toThrow('a matrix of 4 x 4 = 16 entries, got 9');
  });
});
