import { demand, type ParamSpec } from '@basinlab/core';

/** What a transform needs to know of a tensor: parameters and state entries both fit. */
export type AxisSpec = Pick<ParamSpec, 'name' | 'shape' | 'axes'>;

/**
 * Number of units of every symmetry group, in order of first appearance.
 * @throws BasinlabError where a spec has not one entry per axis, or two axes of one group disagree about its size
 */
export function groupSizes(specs: readonly AxisSpec[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, shape, axes } of specs) {
    demand(axes.length === shape.length, name, `one axis entry for each of ${shape.length} axes`, axes.length);
    axes.forEach((axis, k) => {
      if (axis === null) return;
      const { group, block = 1 } = axis;
      const units = shape[k]! / block;
      demand(Number.isInteger(units), name, `axis ${k} to hold whole blocks of ${block}`, shape[k]);
      const known = sizes.get(group) ?? units;
      demand(known === units, name, `${known} units of group ${group}, as elsewhere, on axis ${k}`, units);
      sizes.set(group, units);
    });
  }
  return sizes;
}
