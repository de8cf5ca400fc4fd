import { BasinlabError, demand, elementSize, type GroupElement, type SymmetryTransform } from '@basinlab/core';
import { groupKinds, groupNests, groupPlanes, groupSizes, type AxisSpec } from './axis-spec.js';
import { checkElement, checkKind, checkNests, composeElements, invertElement } from './elements.js';

/** The transform that names every group of `specs` and moves nothing. */
export function identityTransform(specs: readonly AxisSpec[]): SymmetryTransform {
  return permutations([...groupSizes(specs)].map(([group, size]) => [group, Int32Array.from({ length: size }, (_, i) => i)]));
}

/** The one transform that does `first` and then `second`; a group that either leaves out is left as it is by that one. */
export function composeTransforms(first: SymmetryTransform, second: SymmetryTransform): SymmetryTransform {
  const groups = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return Object.fromEntries(
    groups.map((group): [string, GroupElement] => {
      const [a, b] = [first[group], second[group]];
      return [group, a === undefined || b === undefined ? structuredClone(a ?? b!) : composeElements(group, a, b)];
    }),
  );
}

/** The transform that undoes `transform`. */
export function invertTransform(transform: SymmetryTransform): SymmetryTransform {
  return Object.fromEntries(Object.entries(transform).map(([group, element]) => [group, invertElement(group, element)]));
}

/**
 * Holds a transform against the specs it is meant for.
 * @throws BasinlabError where it names a group that no axis has, has another size or a kind that the group has not, is not what its kind says, has
 * angles of other planes, or parts units of a nest
 */
export function checkTransform(specs: readonly AxisSpec[], transform: SymmetryTransform): void {
  const [sizes, kinds, nests, planes] = [groupSizes(specs), groupKinds(specs), groupNests(specs), groupPlanes(specs)];
  for (const [group, element] of Object.entries(transform)) {
    const size = sizes.get(group);
    if (size === undefined) {
      throw new BasinlabError('transform', 'groups of this network', group, { remedy: `Known groups: ${[...sizes.keys()].join(', ')}` });
    }
    checkKind(group, kinds.get(group)!, element);
    const what = 'indices' in element ? `a permutation of its ${size} units` : `a matrix of its ${size} units`;
    demand(elementSize(element) === size, group, what, elementSize(element));
    checkElement(group, element);
    const nest = nests.get(group);
    if (nest !== undefined) checkNests(group, nest, element);
    const turned = planes.get(group);
    if (turned !== undefined && element.kind === 'rotated')
      demand(element.angles.length === turned * size, group, `${turned} angles for each of ${size} units`, element.angles.length);
  }
}

/** A transform made of permutations by group name. */
export function permutations(entries: Iterable<readonly [group: string, indices: Int32Array]>): SymmetryTransform {
  return Object.fromEntries(Array.from(entries, ([group, indices]) => [group, { kind: 'permutation', indices }]));
}
