import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { solveAssignment, type Assignment } from './solve.js';

/** Largest violation of what makes an assignment optimal: each chosen pair used once, dual feasibility, tightness, idle duals zero. */
function violation(costs: readonly number[], rows: number, columns: number, maximise: boolean, found: Assignment): number {
  const sign = maximise ? -1 : 1;
  let worst = 0;
  let pairs = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const slack = sign * (costs[i * columns + j]! - found.rowDuals[i]! - found.columnDuals[j]!);
      worst = Math.max(worst, -slack);
      if (found.columnOf[i] !== j) continue;
      pairs++;
      expect(found.rowOf[j]).toBe(i);
      worst = Math.max(worst, Math.abs(slack));
    }
  }
  expect(pairs).toBe(Math.min(rows, columns));
  const idle =
    rows < columns
      ? [...found.columnDuals].filter((_, j) => found.rowOf[j] === -1)
      : [...found.rowDuals].filter((_, i) => found.columnOf[i] === -1);
  // A line that may stay idle must not be paid to stay so, and an idle one not at all.
  const free = rows < columns ? found.columnDuals : rows > columns ? found.rowDuals : [];
  for (const dual of free) worst = Math.max(worst, sign * dual);
  for (const dual of rows === columns ? [] : idle) worst = Math.max(worst, Math.abs(dual));
  return worst;
}

function bruteForce(costs: readonly number[], rows: number, columns: number, maximise: boolean): number {
  const better = maximise ? Math.max : Math.min;
  const visit = (i: number, used: number, skips: number): number => {
    if (i === rows) return 0;
    let best = skips > 0 ? visit(i + 1, used, skips - 1) : maximise ? -Infinity : Infinity;
    for (let j = 0; j < columns; j++)
      if (!(used & (1 << j))) best = better(best, costs[i * columns + j]! + visit(i + 1, used | (1 << j), skips));
    return best;
  };
  return visit(0, 0, Math.max(0, rows - columns));
}

const problem = (entry: fc.Arbitrary<number>, largest: number) =>
  fc.tuple(fc.integer({ min: 1, max: largest }), fc.integer({ min: 1, max: largest }), fc.boolean()).chain(([rows, columns, maximise]) =>
    fc.record({
      costs: fc.array(entry, { minLength: rows * columns, maxLength: rows * columns }),
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      maximise: fc.constant(maximise),
    }),
  );

describe('solveAssignment', () => {
  test('equals brute force on small problems, ties included', () => {
    fc.assert(
      fc.property(problem(fc.integer({ min: -4, max: 4 }), 6), ({ costs, ...options }) => {
        const found = solveAssignment(costs, options);
        expect(found.total).toBe(bruteForce(costs, options.rows, options.columns, options.maximise));
        expect(violation(costs, options.rows, options.columns, options.maximise, found)).toBe(0);
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  test('its duals certify optimality on larger problems of any shape', () => {
    fc.assert(
      fc.property(problem(fc.double({ min: -10, max: 10, noNaN: true }), 40), ({ costs, ...options }) => {
        const found = solveAssignment(costs, options);
        expect(violation(costs, options.rows, options.columns, options.maximise, found)).toBeLessThan(1e-12);
      }),
      { numRuns: 150, seed: 2 },
    );
  });

  test('avoids forbidden pairs, and agrees with brute force about whether that is possible', () => {
    const entry = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Infinity));
    fc.assert(
      fc.property(problem(entry, 5), ({ costs: least, ...options }) => {
        const costs = options.maximise ? least.map((cost) => -cost) : least;
        const expected = bruteForce(costs, options.rows, options.columns, options.maximise);
        if (Number.isFinite(expected)) expect(solveAssignment(costs, options).total).toBe(expected);
        else expect(() => solveAssignment(costs, options)).toThrow(/uses no forbidden pair, got an infeasible matrix/);
      }),
      { numRuns: 400, seed: 3 },
    );
  });

  test('a start from another problem changes no total', () => {
    const matrix = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 144, maxLength: 144 });
    fc.assert(
      fc.property(matrix, matrix, fc.boolean(), (first, second, maximise) => {
        const options = { rows: 12, columns: 12, maximise };
        const warm = solveAssignment(second, { ...options, start: solveAssignment(first, options) });
        expect(warm.total).toBeCloseTo(solveAssignment(second, options).total, 12);
        expect(violation(second, 12, 12, maximise, warm)).toBeLessThan(1e-12);
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  test('a start from the same problem keeps its solution where several are optimal', () => {
    const costs = new Float64Array(64).fill(3);
    const start = { columnOf: Int32Array.from([7, 6, 5, 4, 3, 2, 1, 0]), columnDuals: new Float64Array(8) };
    expect([...solveAssignment(costs, { rows: 8, columns: 8, start }).columnOf]).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
  });

  test('recovers a planted permutation among 300', () => {
    const n = 300;
    const planted = Array.from({ length: n }, (_, i) => (i * 97 + 13) % n);
    const costs = new Float32Array(n * n).map((_, k) => Math.sin(k * 12.9898) * 0.4);
    planted.forEach((j, i) => (costs[i * n + j] = 1));
    expect([...solveAssignment(costs, { rows: n, columns: n, maximise: true }).columnOf]).toEqual(planted);
  });

  const wave = (k: number): number => Math.sin(12.9898 * (k + 1)) * 43758.5453;
  const noise = (k: number): number => wave(k) - Math.floor(wave(k));
  test.each<[string, (i: number, j: number, n: number) => number]>([
    ['noise', (i, j, n) => noise(i * n + j)],
    ['few distinct values', (i, j, n) => Math.floor(6 * noise(i * n + j))],
    ['one value', () => 3],
    ['a product of rows and columns, whose cheapest entries lie in the same columns', (i, j, n) => (i * j) / n],
    ['low rank', (i, j) => Math.sin(i) * Math.cos(3 * j) + Math.cos(2 * i) * Math.sin(j)],
    ['cheap entries in one block of columns alone', (i, j, n) => noise(i * n + j) + (j < 32 ? 0 : 5)],
    ['rows and columns with offsets', (i, j, n) => noise(i * n + j) + 100 * noise(i) + 1000 * noise(3 * j)],
  ])('large problems, which begin within a core: %s', (_, entry) => {
    for (const n of [128, 150, 257]) {
      const costs = Array.from({ length: n * n }, (__, k) => entry(Math.floor(k / n), k % n, n));
      const largest = Math.max(...costs.map(Math.abs));
      for (const maximise of [false, true]) {
        const found = solveAssignment(costs, { rows: n, columns: n, maximise });
        expect(violation(costs, n, n, maximise, found)).toBeLessThan(1e-12 * largest);
        const again = solveAssignment(costs, { rows: n, columns: n, maximise, start: found });
        expect([...again.columnOf]).toEqual([...found.columnOf]);
      }
    }
  });

  test('a large problem that is near another one starts from its solution', () => {
    const n = 160;
    const costs = Array.from({ length: n * n }, (_, k) => noise(k));
    const start = solveAssignment(costs, { rows: n, columns: n });
    const moved = costs.map((cost, k) => cost + (k % 97 === 0 ? noise(k + 7) - 0.5 : 0));
    const found = solveAssignment(moved, { rows: n, columns: n, start });
    expect(found.total).toBeCloseTo(solveAssignment(moved, { rows: n, columns: n }).total, 10);
    expect(violation(moved, n, n, false, found)).toBeLessThan(1e-12);
  });

  test('an empty problem has an empty assignment; one without columns leaves every row over', () => {
    expect(solveAssignment([], { rows: 0, columns: 0 }).total).toBe(0);
    expect([...solveAssignment([], { rows: 2, columns: 0 }).columnOf]).toEqual([-1, -1]);
  });

  test('refuses NaN, the unbounded infinity and a wrong length', () => {
    expect(() => solveAssignment([1, NaN, 2, 3], { rows: 2, columns: 2 })).toThrow(
      'assignment: finite costs, or Infinity for a forbidden pair, got NaN at entry 1',
    );
    expect(() => solveAssignment([1, -Infinity, 2, 3], { rows: 2, columns: 2 })).toThrow('got -Infinity at entry 1');
    expect(() => solveAssignment([1, Infinity, 2, 3], { rows: 2, columns: 2, maximise: true })).toThrow('got Infinity at entry 1');
    expect(() => solveAssignment([1, 2, 3], { rows: 2, columns: 2 })).toThrow('a matrix of 2 x 2 = 4 entries, got 3');
  });
});
