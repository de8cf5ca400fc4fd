import type { AxisFactor, AxisSymmetry } from '@basinlab/core';
import { resolve, type Axis, type IndexSet } from './index-set.js';

/** The symmetry of an axis in the form that specs use; null where nothing moves. `nameOf` names the group of a set that may move. */
export function symmetryOf(axis: Axis, nameOf: (set: IndexSet) => string): AxisSymmetry | null {
  if (axis === 'uniform') return null;
  return simplify(resolve(axis).map((segment) => segment.map((set) => ({ group: set.fixed ? null : nameOf(set), size: set.size }))));
}

/** The shortest way to say the same: without factors of one entry, with neighbours that stay as one, as a plain group where that is all. */
export function simplify(given: readonly (readonly AxisFactor[])[]): AxisSymmetry | null {
  const segments: AxisFactor[][] = [];
  for (const factors of given.map(mergeFactors)) {
    const last = segments.at(-1);
    if (last !== undefined && stays(last) && stays(factors)) segments[segments.length - 1] = still(sizeOf(last) + sizeOf(factors));
    else segments.push(stays(factors) ? still(sizeOf(factors)) : factors);
  }
  if (segments.every(stays)) return null;
  const [[first, second] = [], other] = [segments[0]?.length === 1 || segments[0]?.length === 2 ? segments[0] : [], segments[1]];
  if (other !== undefined || first === undefined || first.group === null) return { segments };
  if (second === undefined) return { group: first.group };
  return second.group === null ? { group: first.group, block: second.size } : { segments };
}

function mergeFactors(factors: readonly AxisFactor[]): AxisFactor[] {
  const merged: AxisFactor[] = [];
  for (const { group, size } of factors) {
    if (size === 1) continue;
    const last = merged.at(-1);
    if (last !== undefined && last.group === null && group === null) merged[merged.length - 1] = { group, size: last.size * size };
    else merged.push({ group, size });
  }
  return merged;
}

const sizeOf = (factors: readonly AxisFactor[]): number => factors.reduce((product, { size }) => product * size, 1);
const stays = (factors: readonly AxisFactor[]): boolean => factors.every(({ group }) => group === null);
const still = (size: number): AxisFactor[] => [{ group: null, size }];
