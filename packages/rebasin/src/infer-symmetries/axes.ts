import type { AxisFactor, AxisRole, AxisSymmetry, GroupKind } from '@basinlab/core';
import { resolve, type Axis, type IndexSet, type Segment } from './index-set.js';

/**
 * The symmetry of an axis in the form that specs use; null where nothing moves.
 * @param nests what units in nests are made of; see `nestsOf`
 * @param nameOf names the group of a set that may move; of units in nests, that of the nests
 * @param kindOf what a set that may move does at one place; default: permutations
 */
export function symmetryOf(
  axis: Axis,
  nests: ReadonlyMap<IndexSet, IndexSet>,
  nameOf: (set: IndexSet) => string,
  kindOf: (set: IndexSet, segment: number, factor: number) => Pick<AxisFactor, 'kind' | 'as'> = () => ({}),
): AxisSymmetry | null {
  if (axis === 'uniform') return null;
  const factorsOf = (segment: Segment, s: number): AxisFactor[] =>
    segment.flatMap((set, k) => {
      const before = segment[k - 1];
      if (before !== undefined && nests.get(before) === set) return [];
      const [inner, group] = [nests.get(set), set.fixed ? null : nameOf(set)];
      if (inner === undefined) return { group, size: set.size, ...(group !== null && kindOf(set, s, k)) };
      const nested = { group, kind: 'nested-permutation', nest: inner.size } as const;
      return segment[k + 1] === inner ? { ...nested, size: set.size * inner.size } : { ...nested, as: 'nests' as const, size: set.size };
    });
  return simplify(resolve(axis).map(factorsOf), true);
}

/** The shortest way to say the same, `kinds` apart from nests only where that is asked for: without factors of one entry, with neighbours that stay as one, as a plain group where that is all. */
export function simplify(given: readonly (readonly AxisFactor[])[], kinds = false): AxisSymmetry | null {
  const segments: AxisFactor[][] = [];
  for (const factors of given.map((own) => mergeFactors(own, kinds))) {
    const last = segments.at(-1);
    if (last !== undefined && stays(last) && stays(factors)) segments[segments.length - 1] = still(sizeOf(last) + sizeOf(factors));
    else segments.push(stays(factors) ? still(sizeOf(factors)) : factors);
  }
  if (segments.every(stays)) return null;
  const [[first, second] = [], other] = [segments[0]?.length === 1 || segments[0]?.length === 2 ? segments[0] : [], segments[1]];
  if (other !== undefined || first === undefined || first.group === null) return { segments };
  const { group, kind, nest, as } = first;
  const axis = { group, ...(kind && { kind }), ...(nest !== undefined && { nest }), ...(as && { as }) };
  if (second === undefined) return axis;
  return second.group === null ? { ...axis, block: second.size } : { segments };
}

function mergeFactors(factors: readonly AxisFactor[], kinds: boolean): AxisFactor[] {
  const merged: AxisFactor[] = [];
  for (const { group, size, kind, nest = 1, as } of factors) {
    if (size === 1) continue;
    const last = merged.at(-1);
    const nested = nest > 1 && { ...(kind && { kind }), nest, ...(as === 'nests' && { as }) };
    const larger = kinds && nest === 1 && kind !== undefined && kind !== 'permutation' && { kind, ...(isRole(kind, as) && { as }) };
    if (last !== undefined && last.group === null && group === null) merged[merged.length - 1] = { group, size: last.size * size };
    else merged.push({ group, size, ...nested, ...larger });
  }
  return merged;
}

/** Whether a role says something: values need not be said, and signs and rotations are undone by what they are. */
const isRole = (kind: GroupKind, as: AxisRole | undefined): boolean =>
  as === 'gains' || (as === 'reads' && kind !== 'signed-permutation' && kind !== 'orthogonal');

const sizeOf = (factors: readonly AxisFactor[]): number => factors.reduce((product, { size }) => product * size, 1);
const stays = (factors: readonly AxisFactor[]): boolean => factors.every(({ group }) => group === null);
const still = (size: number): AxisFactor[] => [{ group: null, size }];
