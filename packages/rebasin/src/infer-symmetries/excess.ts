import { axisIndices, axisSegments, type AxisFactor, type AxisSpec, type AxisSymmetry } from '@basinlab/core';
import { childKey, keyFromSeed, nestedPermutation, permutation } from '@basinlab/core/random';
import { groupNests, groupSizes } from '../transform/axis-spec.js';

/**
 * Where declared axes move what the inferred ones do not allow: one line per axis. Empty where every declared group is a symmetry, also
 * if the inferred groups are larger, as those of heads that are declared to move only as wholes. One generic element of every
 * declared group is held against the inferred axes.
 */
export function symmetryExcess(
  declared: readonly AxisSpec[],
  inferred: Readonly<Record<string, readonly (AxisSymmetry | null)[]>>,
): string[] {
  const [sizes, nests] = [groupSizes(declared), groupNests(declared)];
  const elements = new Map(
    Array.from(sizes, ([group, size]) => {
      const [key, nest] = [childKey(keyFromSeed(0), group), nests.get(group)];
      return [group, nest === undefined ? permutation(key, size) : nestedPermutation(key, size, nest)];
    }),
  );
  const implied = new Map<string, string>();
  return declared.flatMap(({ name, shape, axes }) =>
    axes.flatMap((axis, k) => {
      const length = shape[k]!;
      const indices = axisIndices(name, axis, length, (group) => elements.get(group)) ?? Int32Array.from({ length }, (_, i) => i);
      const found = factorsOf(indices, axisSegments(name, inferred[name]?.[k] ?? null, length));
      if (found === null) return [`${name} axis ${k}: declared groups move what must stay, or across parts`];
      return found.flatMap(({ group, element }) => {
        const [key, known] = [element.join(), implied.get(group)];
        implied.set(group, known ?? key);
        return known === undefined || known === key ? [] : [`${name} axis ${k}: declared groups move it otherwise than axes it is tied to`];
      });
    }),
  );
}

/** The permutation of every group that moves an axis so; null where no choice of them does. */
function factorsOf(indices: Int32Array, segments: readonly (readonly AxisFactor[])[]): { group: string; element: Int32Array }[] | null {
  const found: { group: string; element: Int32Array }[] = [];
  let offset = 0;
  for (const factors of segments) {
    const size = factors.reduce((product, factor) => product * factor.size, 1);
    // Strides of a row-major product; entry e * stride of the segment belongs to index e of that factor and 0 of all others.
    let stride = size;
    const moves = factors.map(({ group, size: units, nest = 1, as }) => {
      const outer = stride;
      stride /= units;
      const inner = stride;
      const element = Int32Array.from({ length: units }, (_, e) => Math.floor(((indices[offset + e * inner]! - offset) % outer) / inner));
      return { group, element, inner, units, nest, as };
    });
    for (let entry = 0; entry < size; entry++) {
      const expected = moves.reduce((sum, { element, inner, units }) => sum + element[Math.floor(entry / inner) % units]! * inner, offset);
      if (indices[offset + entry] !== expected) return null;
    }
    for (const { group, element, nest, as } of moves) {
      if (group === null) {
        if (element.some((from, to) => from !== to)) return null;
        continue;
      }
      if (as !== 'nests') found.push({ group, element });
      if (nest === 1) continue;
      // Nests are tied among themselves, wherever their units are.
      const outer = as === 'nests' ? element : element.filter((_, unit) => unit % nest === 0).map((from) => Math.floor(from / nest));
      if (as !== 'nests' && element.some((from, to) => Math.floor(from / nest) !== outer[Math.floor(to / nest)])) return null;
      found.push({ group: `nests of ${group}`, element: outer });
    }
    offset += size;
  }
  return found;
}
