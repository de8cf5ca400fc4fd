import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { AxisSymmetry, ParamSpec, StateSpec, SymmetryTransform, Tensors } from '../../contracts/index.js';
import { childKey, permutation } from '../../random/index.js';
import type { Key } from '../../random/index.js';
import { axisIndices, groupPlaces } from '../../symmetry/index.js';

type Spec = Pick<ParamSpec | StateSpec, 'name' | 'shape' | 'axes'>;

/** Number of things that each group exchanges, with every place that says so. */
export function groupSizes(specs: readonly Spec[]): Map<string, { size: number; at: string }[]> {
  const sizes = new Map<string, { size: number; at: string }[]>();
  for (const { group, size, name, axis } of groupPlaces(specs)) {
    sizes.set(group, [...(sizes.get(group) ?? []), { size, at: `${name} axis ${axis}` }]);
  }
  return sizes;
}

/** A random element of every group of the specs. */
export function randomTransform(specs: readonly Spec[], key: Key): SymmetryTransform {
  const entries = [...groupSizes(specs)].map(([group, [first]]) => {
    const indices = permutation(childKey(key, group), first!.size);
    return [group, { kind: 'permutation', indices }] as const;
  });
  return Object.fromEntries(entries);
}

/** Moves every axis of every tensor by its group's element: `new[i] = old[indices[i]]`, blocks as wholes. */
export function transformTensors(specs: readonly Spec[], tensors: Tensors, transform: SymmetryTransform): Tensors {
  const moved = specs.map(({ name, shape, axes }) => {
    const move = (x: Tensor, axis: AxisSymmetry | null, k: number): Tensor => {
      const indices = axisIndices(name, axis, shape[k]!, (group) => transform[group]?.indices);
      return indices === null ? x : tf.gather(x, tf.tensor1d(indices, 'int32'), k);
    };
    return [name, axes.reduce(move, tensors[name]!)] as const;
  });
  return Object.fromEntries(moved);
}
