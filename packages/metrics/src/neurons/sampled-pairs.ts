import { permutation, type Key } from '@basinlab/tensor/random';

/** Pairs [i, j] with i < j of `units` neurons: `count` different ones drawn from `key`, in order; all of them where there are no more. */
export function sampledPairs(units: number, count: number, key: Key): readonly (readonly [number, number])[] {
  const all = Array.from({ length: units }, (_, j) => Array.from({ length: j }, (__, i) => [i, j] as const)).flat();
  if (all.length <= count) return all;
  return [...permutation(key, all.length).subarray(0, count)].sort((a, b) => a - b).map((at) => all[at]!);
}
