import { axisSegments, type AxisSpec, type AxisSymmetry } from '@basinlab/core';
import { simplify } from './axes.js';

/**
 * Where two descriptions of the same tensors differ, apart from the names of groups: one line per axis, `<tensor> axis <k>: ...`. Groups of one
 * unit count as none. Empty where they say the same. With `kinds` they must also allow the same signs, factors, rotations and maps. Coordinates
 * that turn with units count as entries that stay: no inference finds them.
 */
export function symmetryDifferences(
  declared: readonly AxisSpec[],
  inferred: Readonly<Record<string, readonly (AxisSymmetry | null)[]>>,
  { kinds = false }: { readonly kinds?: boolean } = {},
): string[] {
  const canonical = (name: string, axis: AxisSymmetry | null, length: number): Segments =>
    axisSegments(name, simplify(axisSegments(name, axis, length), kinds), length);
  const [toInferred, toDeclared] = [new Map<string, string>(), new Map<string, string>()];
  const same = (a: string, b: string): boolean => {
    if (!toInferred.has(a) && !toDeclared.has(b)) {
      toInferred.set(a, b);
      toDeclared.set(b, a);
    }
    return toInferred.get(a) === b && toDeclared.get(b) === a;
  };
  return declared.flatMap(({ name, shape, axes }) =>
    axes.flatMap((axis, k) => {
      const [ours, theirs] = [canonical(name, axis, shape[k]!), canonical(name, inferred[name]?.[k] ?? null, shape[k]!)];
      const [left, right] = [ours.flat(), theirs.flat()];
      const equal =
        JSON.stringify(ours.map(sizes)) === JSON.stringify(theirs.map(sizes)) &&
        left.every(({ group }, i) => {
          const other = right[i]!.group;
          return group === null || other === null ? group === other : same(group, other);
        });
      return equal ? [] : [`${name} axis ${k}: declared ${describe(ours)}, inferred ${describe(theirs)}`];
    }),
  );
}

type Segments = ReturnType<typeof axisSegments>;
const sizes = (factors: Segments[number]): (number | string | undefined)[][] =>
  factors.map(({ size, kind, nest, as }) => [size, kind, nest, as]);
const describe = (segments: Segments): string =>
  segments
    .map((factors) =>
      factors
        .map(({ group, size, kind, as }) => `${group ?? 'still'}(${[size, kind, as].filter((part) => part !== undefined).join(', ')})`)
        .join(' x '),
    )
    .join(' | ');
