import { demand } from '@basinlab/core';
import { solveAssignment } from '../lap/index.js';
import type { SemiPermutation } from './semi-permutation.js';

/** Inner products of units of two models: those of A [rows], of B [columns], and of each with each, [rows, columns] row-major. */
export interface UnitProducts {
  readonly ofA: ArrayLike<number>;
  readonly ofB: ArrayLike<number>;
  readonly between: ArrayLike<number>;
}

/** A semi-permutation and how close it comes. */
export interface SemiMatching {
  /** Of B's units to as many as A has. */
  readonly semi: SemiPermutation;
  /** Squared distance of what is copied and of what is split, all units together. */
  readonly distance: number;
}

/**
 * Splits the units of B, of which there are at most as many as A has, so that they come close to those of A: least squared distance of what is copied plus
 * that of what is split. Which unit takes from which is an optimal transport in which all of B's units are used and each of A's takes from one or from none,
 * solved as an assignment with a column for each of B's and further ones for whatever is best; the shares then follow exactly, by projection to the simplex.
 * @param copied inner products of what each new unit gets wholly
 * @param split inner products of what is shared
 */
export function matchSemiPermutation(copied: UnitProducts, split: UnitProducts): SemiMatching {
  const [rows, columns] = [copied.ofA.length, copied.ofB.length];
  demand(columns >= 1 && rows >= columns, 'semi-permutation', `at most ${rows} units to be split into as many`, columns);
  // What unit i of A is off unit j of B, with the share that suits it best; and off nothing.
  const costs = new Float64Array(rows * rows);
  const bestOf = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let least = copied.ofA[i]! + split.ofA[i]!;
    bestOf[i] = -1;
    for (let j = 0; j < columns; j++) {
      const cost = pairCost(copied, split, i, j, columns);
      costs[i * rows + j] = cost;
      if (cost < least) [least, bestOf[i]] = [cost, j];
    }
    costs.fill(least, i * rows + columns, (i + 1) * rows);
  }
  const { columnOf } = solveAssignment(costs, { rows, columns: rows });
  const sources = Int32Array.from(columnOf, (column, i) => (column < columns ? column : bestOf[i]!));
  const shares = new Float64Array(rows);
  for (let j = 0; j < columns; j++) {
    const takers = [...sources.keys()].filter((i) => sources[i] === j);
    const wanted = takers.map((i) => (split.ofB[j]! > 0 ? split.between[i * columns + j]! / split.ofB[j]! : 1 / takers.length));
    toSimplex(wanted).forEach((share, k) => (shares[takers[k]!] = share));
  }
  const distance = sources.reduce((sum, j, i) => sum + distanceOf(copied, split, i, j, shares[i]!, columns), 0);
  return { semi: { sources, shares, units: columns }, distance };
}

function pairCost(copied: UnitProducts, split: UnitProducts, i: number, j: number, columns: number): number {
  const inner = split.between[i * columns + j]!;
  const share = split.ofB[j]! > 0 ? Math.min(1, Math.max(0, inner / split.ofB[j]!)) : 0;
  return distanceOf(copied, split, i, j, share, columns);
}

function distanceOf(copied: UnitProducts, split: UnitProducts, i: number, j: number, share: number, columns: number): number {
  const own = copied.ofA[i]! + split.ofA[i]!;
  if (j < 0) return own;
  const at = i * columns + j;
  return own + copied.ofB[j]! - 2 * copied.between[at]! + share * share * split.ofB[j]! - 2 * share * split.between[at]!;
}

/** The point of the simplex (at least 0, sum 1) nearest to another. Held, Wolfe and Crowder 1974. */
export function toSimplex(point: readonly number[]): number[] {
  const sorted = [...point].sort((a, b) => b - a);
  let [sum, shift] = [0, 0];
  for (const [k, value] of sorted.entries()) {
    sum += value;
    const candidate = (sum - 1) / (k + 1);
    if (value > candidate) shift = candidate;
  }
  return point.map((value) => Math.max(0, value - shift));
}
