import { BasinlabError, demand, type SymmetryTransform } from '@basinlab/core';
import { groupSizes, type AxisSpec } from './axis-spec.js';

/** The transform that names every group of `specs` and moves nothing. */
export function identityTransform(specs: readonly AxisSpec[]): SymmetryTransform {
  return permutations([...groupSizes(specs)].map(([group, size]) => [group, Int32Array.from({ length: size }, (_, i) => i)]));
}

/** The one transform that does `first` and then `second`; a group that either leaves out is left as it is by that one. */
export function composeTransforms(first: SymmetryTransform, second: SymmetryTransform): SymmetryTransform {
  return permutations(
    [...new Set([...Object.keys(first), ...Object.keys(second)])].map((group) => {
      const [a, b] = [first[group]?.indices, second[group]?.indices];
      if (a === undefined || b === undefined) return [group, (a ?? b!).slice()];
      demand(a.length === b.length, group, `elements of one size to compose`, [a.length, b.length]);
      return [group, b.map((j) => a[j]!)];
    }),
  );
}

/** The transform that undoes `transform`. */
export function invertTransform(transform: SymmetryTransform): SymmetryTransform {
  return permutations(
    Object.entries(transform).map(([group, { indices }]) => {
      checkPermutation(group, indices);
      const inverse = new Int32Array(indices.length);
      indices.forEach((from, to) => (inverse[from] = to));
      return [group, inverse];
    }),
  );
}

/**
 * Holds a transform against the specs it is meant for.
 * @throws BasinlabError where it names a group that no axis has, has another size, or is no permutation
 */
export function checkTransform(specs: readonly AxisSpec[], transform: SymmetryTransform): void {
  const sizes = groupSizes(specs);
  for (const [group, { indices }] of Object.entries(transform)) {
    const size = sizes.get(group);
    if (size === undefined) {
      throw new BasinlabError('transform', 'groups of this network', group, { remedy: `Known groups: ${[...sizes.keys()].join(', ')}` });
    }
    demand(indices.length === size, group, `a permutation of its ${size} units`, indices.length);
    checkPermutation(group, indices);
  }
}

/** @throws BasinlabError unless `indices` holds every index below its length once */
export function checkPermutation(group: string, indices: Int32Array): void {
  const seen = new Uint8Array(indices.length);
  indices.forEach((index, at) => {
    demand(index >= 0 && index < indices.length, group, `indices in [0, ${indices.length})`, `${index} at ${at}`);
    demand(seen[index] === 0, group, 'every index once', `${index} again at ${at}`);
    seen[index] = 1;
  });
}

/** A transform made of permutations by group name. */
export function permutations(entries: Iterable<readonly [group: string, indices: Int32Array]>): SymmetryTransform {
  return Object.fromEntries(Array.from(entries, ([group, indices]) => [group, { kind: 'permutation', indices }]));
}
