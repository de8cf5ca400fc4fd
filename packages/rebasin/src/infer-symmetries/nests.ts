import { resolve, root, type Axis, type IndexSet, type Segment, type Segments } from './index-set.js';
import type { Traced } from './traced.js';

/**
 * Sets in nests: a set that was cut into outer x inner may leave the inner one a permutation of its own for every index of the outer one, as long as every op treats each of these for itself.
 * Ops do that whose every tensor with the inner set has the outer one beside it, once, so that it says whose permutation is meant. What else reads an inner set moves all of them alike.
 */
const keeping = new Set(['BatchMatMul', '_FusedMatMul', 'Cast', 'ExpandDims', 'Max', 'Mean', 'Min', 'Prod', 'Reshape', 'Select', 'Sum']);

/** The set whose indices tell the permutations of `set` apart; null where it has but one. */
export function outerOf(set: IndexSet): IndexSet | null {
  const outer = set.nestedIn === null ? null : root(set.nestedIn);
  return outer === null || outer === set || outer.parts !== null ? null : outer;
}

/** Leaves sets in nests only what an op allows. `isElementwise` says that it computes entry by entry. */
export function restrictNests(op: string, isElementwise: boolean, inputs: readonly Traced[], outputs: readonly Traced[]): void {
  const [before, after] = [inputs, outputs].map((tensors) => tensors.map(({ axes }) => axes.flatMap(setsOf)));
  for (const set of new Set([...before!, ...after!].flat())) {
    const outer = outerOf(set);
    if (outer === null) continue;
    const count = (sets: readonly IndexSet[], of: IndexSet): number => sets.filter((each) => each === of).length;
    const isTold = [...before!, ...after!].every((sets) => count(sets, set) === 0 || (count(sets, set) === 1 && count(sets, outer) === 1));
    const isOne = after!.every((sets) => count(sets, outer) <= 1);
    if (!((isElementwise || keeping.has(op)) && isTold && isOne)) set.nestedIn = null;
  }
}

const setsOf = (axis: Axis): IndexSet[] => (axis === 'uniform' ? [] : resolve(axis).flat());

/**
 * What the groups of units in nests are made of: by outer set the inner one. Left to nests are inner sets that may move, of outer ones that may move, each behind its outer one wherever it
 * is, one for each: what a group of kind `nested-permutation` can say. `axes` are all there are, resolved.
 */
export function nestsOf(axes: readonly Segments[]): ReadonlyMap<IndexSet, IndexSet> {
  const segments: Segment[] = axes.flat();
  const found = new Map<IndexSet, IndexSet[]>();
  for (const inner of new Set(segments.flat())) {
    const outer = outerOf(inner);
    if (outer === null || inner.fixed || outer.fixed || outerOf(outer) !== null) continue;
    const isBehind = segments.every((segment) => segment.every((set, k) => set !== inner || segment[k - 1] === outer));
    if (isBehind) found.set(outer, [...(found.get(outer) ?? []), inner]);
  }
  return new Map([...found].flatMap(([outer, inner]) => (inner.length === 1 ? [[outer, inner[0]!] as const] : [])));
}
