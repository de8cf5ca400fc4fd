import type { Key } from '@basinlab/core';
import { uniform } from '@basinlab/core/random';

// Which weights are fixed. A mask is row-major [outputs, fanIn], 1 where a weight is trained and 0 where it is fixed; a convolution's
// fan-in is flattened over (input channel, row, column). Two rows with different fixed positions cannot be exchanged.

/** Mask with zeros at the given positions of each row. */
export function maskFrom(rows: readonly Iterable<number>[], fanIn: number): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(rows.length * fanIn).fill(1);
  rows.forEach((positions, row) => {
    for (const position of positions) mask[row * fanIn + position] = 0;
  });
  return mask;
}

/** For every row `count` distinct positions below `size`, uniform over subsets and independent between rows. */
export function drawSubsets(key: Key, rows: number, size: number, count: number): Int32Array[] {
  const draws = uniform(key, rows * count);
  return Array.from({ length: rows }, (_, row) => {
    // The first `count` swaps of a Fisher-Yates shuffle.
    const order = Int32Array.from({ length: size }, (__, index) => index);
    for (let i = 0; i < count; i++) {
      const j = i + Math.floor(draws[row * count + i]! * (size - i));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order.slice(0, count);
  });
}

/** Positions of whole input channels, each `taps` consecutive weights. */
export const expandChannels = (channels: Iterable<number>, taps: number): number[] =>
  Array.from(channels).flatMap((channel) => Array.from({ length: taps }, (_, tap) => channel * taps + tap));

/**
 * Distinct subsets for the rows with as few fixed weights as possible: subsets of `smallest` positions in lexicographic order, then of
 * one more, and so on. With `smallest` 0 the first row is free.
 */
export function enumerateSubsets(rows: number, size: number, smallest: number): number[][] {
  const subsets: number[][] = [];
  for (let count = smallest; subsets.length < rows && count <= size; count++) {
    for (const subset of combinations(size, count)) {
      subsets.push(subset);
      if (subsets.length === rows) break;
    }
  }
  return subsets;
}

function* combinations(size: number, count: number): Generator<number[]> {
  const current = Array.from({ length: count }, (_, index) => index);
  for (;;) {
    yield [...current];
    let i = count - 1;
    while (i >= 0 && current[i] === size - count + i) i--;
    if (i < 0) return;
    current[i]!++;
    for (let j = i + 1; j < count; j++) current[j] = current[j - 1]! + 1;
  }
}
