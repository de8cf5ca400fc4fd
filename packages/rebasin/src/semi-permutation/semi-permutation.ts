import * as tf from '@tensorflow/tfjs-core';
import { demand } from '@basinlab/core';

/**
 * Units split into more units, some of which may do nothing: a matrix [new, old] without negative entries, whose columns sum to 1 and whose rows have at most
 * one entry above 0. New unit i is the share `shares[i]` of old unit `sources[i]`, or nothing where that is -1. A permutation where there are as many new as
 * old. Theus et al. 2025, arXiv 2506.22712, section 3.
 */
export interface SemiPermutation {
  /** [new] */
  readonly sources: Int32Array;
  /** [new], in [0, 1]; those of one source sum to 1. */
  readonly shares: Float64Array;
  /** Number of old units. */
  readonly units: number;
}

/** Largest difference of a column's sum from 1. */
const ROUNDING = 1e-5;

/**
 * Reads a matrix [rows, columns], row-major.
 * @throws BasinlabError where it is no semi-permutation
 */
export function semiPermutation(matrix: ArrayLike<number>, rows: number, columns: number): SemiPermutation {
  demand(matrix.length === rows * columns, 'semi-permutation', `${rows} x ${columns} numbers`, matrix.length);
  const sources = new Int32Array(rows).fill(-1);
  const shares = new Float64Array(rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const entry = matrix[i * columns + j]!;
      demand(entry >= 0 && Number.isFinite(entry), 'semi-permutation', 'entries of at least 0', `${entry} at [${i}, ${j}]`);
      if (entry === 0) continue;
      demand(sources[i] === -1, 'semi-permutation', 'at most one entry above 0 in each row', `another in row ${i}`);
      [sources[i], shares[i]] = [j, entry];
    }
  const semi = { sources, shares, units: columns };
  checkSemiPermutation(semi);
  return semi;
}

/**
 * Checks sources and shares.
 * @throws BasinlabError unless every old unit is used, wholly, and shares lie in [0, 1]
 */
export function checkSemiPermutation({ sources, shares, units }: SemiPermutation): void {
  demand(sources.length === shares.length, 'semi-permutation', 'a share for each source', [sources.length, shares.length]);
  const sums = new Float64Array(units);
  sources.forEach((source, i) => {
    demand(source >= -1 && source < units, 'semi-permutation', `sources below ${units}, or -1`, source);
    if (source >= 0) sums[source]! += shares[i]!;
  });
  sums.forEach((sum, j) => demand(Math.abs(sum - 1) <= ROUNDING, 'semi-permutation', 'shares that sum to 1', `${sum} for unit ${j}`));
}

/** The one that does `first` and then `second`. */
export function composeSemiPermutations(first: SemiPermutation, second: SemiPermutation): SemiPermutation {
  demand(second.units === first.sources.length, 'semi-permutation', `one of ${first.sources.length} units to follow`, second.units);
  const through = (i: number): number => second.sources[i]!;
  return {
    sources: second.sources.map((via) => (via < 0 ? -1 : first.sources[via]!)),
    shares: second.shares.map((share, i) => (through(i) < 0 ? 0 : share * first.shares[through(i)]!)),
    units: first.units,
  };
}

/**
 * Moves an axis of `x`: `copy` gives each new unit what its source has, `split` its share of that; nothing gives zeros. Of what a unit reads and what it writes
 * one is split and the other copied: what it writes may always be split, what it reads only where its activation is homogeneous. Inside `tf.tidy`.
 */
export function applySemiPermutation(x: tf.Tensor, axis: number, { sources, shares }: SemiPermutation, how: 'copy' | 'split'): tf.Tensor {
  const factors = Float32Array.from(sources, (source, i) => (source < 0 ? 0 : how === 'copy' ? 1 : shares[i]!));
  const rows = tf.tensor1d(
    sources.map((source) => Math.max(source, 0)),
    'int32',
  );
  const along = Array.from({ length: x.rank }, (_, k) => (k === axis ? sources.length : 1));
  return tf.mul(tf.gather(x, rows, axis), tf.tensor(factors, along));
}
