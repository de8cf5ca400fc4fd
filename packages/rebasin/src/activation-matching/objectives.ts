import { demand } from '@basinlab/core';
import { foldIn, nestedPermutation, permutation, type Key } from '@basinlab/core/random';
import { solveNestedAssignment } from '../lap/index.js';

/** How similar units are as they stand, matched, and permuted at random. */
export interface MatchingObjectives {
  /** The permutation of greatest mean similarity: unit of B for every unit of A. */
  readonly permutation: Int32Array;
  readonly optimal: number;
  readonly identity: number;
  readonly random: RandomObjectives;
}

/** Mean similarity under random permutations. */
export interface RandomObjectives {
  readonly values: readonly number[];
  readonly mean: number;
  /** Standard deviation of the sample (divided by one less than the count); NaN below two permutations. */
  readonly deviation: number;
}

/** Mean similarity of the pairs (i, permutation[i]); `similarity` is [units, units] row-major. NaN without units. */
export function matchingObjective(similarity: Float64Array, permutation: ArrayLike<number>): number {
  const units = permutation.length;
  demand(similarity.length === units * units, 'activation-matching', `a similarity of ${units} x ${units} units`, similarity.length);
  let sum = 0;
  for (let i = 0; i < units; i++) sum += similarity[i * units + permutation[i]!]!;
  return sum / units;
}

/** {@link matchingObjective} of each permutation, with mean and sample deviation. */
export function objectivesUnder(similarity: Float64Array, permutations: readonly ArrayLike<number>[]): RandomObjectives {
  const values = permutations.map((permutation) => matchingObjective(similarity, permutation));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { values, mean, deviation: values.length < 2 ? NaN : Math.sqrt(squares / (values.length - 1)) };
}

/** Where random permutations come from, and how many there are. */
export interface MatchingObjectivesOptions {
  readonly key: Key;
  /** Default 100. */
  readonly count?: number;
  /** Units of each nest, where units lie in nests that stay together. Default: one nest. */
  readonly nest?: number | undefined;
}

/** How well units of A and B can be paired: at best, as they are, and by chance (`count` random permutations drawn from `key`). */
export function matchingObjectives(similarity: Float64Array, { key, count = 100, nest }: MatchingObjectivesOptions): MatchingObjectives {
  const units = Math.sqrt(similarity.length);
  const best = solveNestedAssignment(similarity, { units, nest, maximise: true });
  const random = Array.from({ length: count }, (_, i) =>
    nest === undefined ? permutation(foldIn(key, i), units) : nestedPermutation(foldIn(key, i), units, nest),
  );
  return {
    permutation: best.columnOf,
    optimal: best.total / units,
    identity: matchingObjective(
      similarity,
      Array.from({ length: units }, (_, i) => i),
    ),
    random: objectivesUnder(similarity, random),
  };
}
