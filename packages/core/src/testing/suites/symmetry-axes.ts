import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ParamSpec, StateSpec, SymmetryAxis, SymmetryTransform, Tensors } from '../../contracts/index.js';
import { childKey, permutation } from '../../random/index.js';
import type { Key } from '../../random/index.js';

type Spec = Pick<ParamSpec | StateSpec, 'name' | 'shape' | 'axes'>;

/** Number of things that each group exchanges (axis size / block), with every place that says so. */
export function groupSizes(specs: readonly Spec[]): Map<string, { size: number; at: string }[]> {
  const sizes = new Map<string, { size: number; at: string }[]>();
  for (const { name, shape, axes } of specs) {
    axes.forEach((axis, index) => {
      if (axis === null) return;
      const entry = { size: shape[index]! / (axis.block ?? 1), at: `${name} axis ${index}` };
      sizes.set(axis.group, [...(sizes.get(axis.group) ?? []), entry]);
    });
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
  const moved = specs.map(({ name, axes }) => {
    const move = (x: Tensor, axis: SymmetryAxis | null, index: number): Tensor => {
      const element = axis === null ? undefined : transform[axis.group];
      return element === undefined ? x : tf.gather(x, tf.tensor1d(expand(element.indices, axis?.block ?? 1), 'int32'), index);
    };
    return [name, axes.reduce(move, tensors[name]!)] as const;
  });
  return Object.fromEntries(moved);
}

function expand(indices: Int32Array, block: number): Int32Array {
  return Int32Array.from({ length: indices.length * block }, (_, i) => indices[Math.floor(i / block)]! * block + (i % block));
}
