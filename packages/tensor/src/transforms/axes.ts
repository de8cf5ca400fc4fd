import type { Tensor } from '@tensorflow/tfjs-core';
import { BasinlabError, demand } from '../errors.js';
import { flatten } from '../tree.js';
import type { TensorTree, Tree } from '../tree.js';

/**
 * The mapped axis of every leaf of `tree`: `axes` may be one entry for the whole tree or a tree of entries, each for the part of `tree`
 * under it. Negative axes count from the end.
 */
export function leafAxes(id: string, axes: Tree<number | null>, tree: TensorTree): (number | null)[] {
  if (axes === null || typeof axes === 'number') {
    return flatten(tree).leaves.map((leaf) => (axes === null ? null : checkedAxis(id, axes, leaf)));
  }
  if (Array.isArray(axes)) {
    demand(Array.isArray(tree) && tree.length === axes.length, id, `inAxes with the structure of the argument`, axes);
    return axes.flatMap((entry: Tree<number | null>, i) => leafAxes(id, entry, (tree as readonly TensorTree[])[i]!));
  }
  const record = axes as Readonly<Record<string, Tree<number | null>>>;
  const values = tree as Readonly<Record<string, TensorTree>>;
  return Object.keys(values)
    .sort()
    .flatMap((name) => {
      const entry = record[name];
      if (entry === undefined) throw new BasinlabError(id, `an entry of inAxes for "${name}"`, Object.keys(record));
      return leafAxes(id, entry, values[name]!);
    });
}

function checkedAxis(id: string, axis: number, leaf: Tensor): number {
  const normal = axis < 0 ? axis + leaf.rank : axis;
  demand(normal >= 0 && normal < leaf.rank, id, `a tensor that has axis ${axis} to map over`, `shape [${leaf.shape.join(', ')}]`);
  return normal;
}

/** The common length of the mapped axes, or null where nothing is mapped; lengths that differ are refused. */
export function commonLength(id: string, leaves: readonly Tensor[], axes: readonly (number | null)[]): number | null {
  let length: number | null = null;
  leaves.forEach((leaf, i) => {
    const axis = axes[i];
    if (axis === null || axis === undefined) return;
    const size = leaf.shape[axis]!;
    demand(length === null || length === size, id, `mapped axes of one length (${length})`, size);
    length = size;
  });
  return length;
}
