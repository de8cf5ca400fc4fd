import { demand, groupPlaces, type AxisFactor, type AxisSpec, type AxisSymmetry, type GroupKind } from '@basinlab/core';

export type { AxisSpec };

/**
 * Number of units of every symmetry group, in order of first appearance.
 * @throws BasinlabError where a spec has not one entry per axis, or two axes of one group disagree about its size
 */
export function groupSizes(specs: readonly AxisSpec[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { group, size, name, axis } of groupPlaces(specs)) {
    const known = sizes.get(group) ?? size;
    demand(known === size, name, `${known} units of group ${group}, as elsewhere, on axis ${axis}`, size);
    sizes.set(group, size);
  }
  return sizes;
}

/**
 * What every symmetry group may do.
 * @throws BasinlabError where two axes of one group disagree
 */
export function groupKinds(specs: readonly AxisSpec[]): ReadonlyMap<string, GroupKind> {
  const kinds = new Map<string, GroupKind>();
  for (const { group, kind, name, axis } of groupPlaces(specs)) {
    const known = kinds.get(group) ?? kind;
    demand(known === kind, name, `group ${group} of kind ${known}, as elsewhere, on axis ${axis}`, kind);
    kinds.set(group, kind);
  }
  return kinds;
}

/**
 * Units of each nest, of the groups whose units lie in nests.
 * @throws BasinlabError where two axes of one group disagree
 */
export function groupNests(specs: readonly AxisSpec[]): ReadonlyMap<string, number> {
  const nests = new Map<string, number>();
  for (const { group, kind, nest, name, axis } of groupPlaces(specs)) {
    if (kind !== 'nested-permutation') continue;
    const known = nests.get(group) ?? nest;
    demand(known === nest, name, `nests of ${known} units of group ${group}, as elsewhere, on axis ${axis}`, nest);
    nests.set(group, nest);
  }
  return nests;
}

/**
 * Planes in which the coordinates of each unit lie, of the groups whose units have coordinates that turn.
 * @throws BasinlabError where two axes of one group disagree
 */
export function groupPlanes(specs: readonly AxisSpec[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { group, planes, name, axis } of groupPlaces(specs)) {
    if (planes === 0) continue;
    const known = found.get(group) ?? planes;
    demand(known === planes, name, `${known} planes of units of group ${group}, as elsewhere, on axis ${axis}`, planes);
    found.set(group, planes);
  }
  return found;
}

/** Specs on which only groups act that are kept; entries of others stay. */
export function withGroups<S extends AxisSpec>(specs: readonly S[], isKept: (group: string) => boolean): S[] {
  const kept = (axis: AxisSymmetry | null): AxisSymmetry | null => {
    if (axis === null) return null;
    if (axis.group !== undefined) return isKept(axis.group) ? axis : null;
    const factor = (of: AxisFactor): AxisFactor => (isKept(of.group ?? of.planesOf ?? '') ? of : { group: null, size: of.size });
    return { segments: axis.segments.map((factors) => factors.map(factor)) };
  };
  return specs.map((spec) => ({ ...spec, axes: spec.axes.map(kept) }));
}
