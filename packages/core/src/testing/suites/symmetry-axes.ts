import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { AxisSymmetry, GroupElement, GroupKind, ParamSpec, StateSpec, SymmetryTransform, Tensors } from '../../contracts/index.js';
import { orthonormalColumns } from '../../linear-algebra/index.js';
import { childKey, normal, permutation } from '../../random/index.js';
import type { Key } from '../../random/index.js';
import { axisMatrix, elementMatrix, groupPlaces } from '../../symmetry/index.js';

type Spec = Pick<ParamSpec | StateSpec, 'name' | 'shape' | 'axes'>;

/** Number of things that each group exchanges, with every place that says so. */
export function groupSizes(specs: readonly Spec[]): Map<string, { size: number; kind: GroupKind; at: string }[]> {
  const sizes = new Map<string, { size: number; kind: GroupKind; at: string }[]>();
  for (const { group, size, kind, name, axis } of groupPlaces(specs)) {
    sizes.set(group, [...(sizes.get(group) ?? []), { size, kind, at: `${name} axis ${axis}` }]);
  }
  return sizes;
}

/** A random element of every group of the specs: of its own kind, or a permutation, which every kind knows. */
export function randomTransform(specs: readonly Spec[], key: Key, kinds: 'own' | 'permutation' = 'own'): SymmetryTransform {
  const entries = [...groupSizes(specs)].map(([group, [first]]): [string, GroupElement] => {
    const { size, kind } = first!;
    const own = childKey(key, group);
    if (kind === 'permutation' || kinds === 'permutation') return [group, { kind: 'permutation', indices: permutation(own, size) }];
    const matrix = Float64Array.from(orthonormalColumns(Float64Array.from(normal(own, size * size)), size, size));
    return [group, { kind, matrix, size }];
  });
  return Object.fromEntries(entries);
}

/** Moves every axis of every tensor by its group's element: `new[i] = old[indices[i]]`, blocks as wholes, or a product with its matrix. */
export function transformTensors(specs: readonly Spec[], tensors: Tensors, transform: SymmetryTransform): Tensors {
  const moved = specs.map(({ name, shape, axes }) => {
    const move = (x: Tensor, axis: AxisSymmetry | null, k: number): Tensor => {
      if (axis === null) return x;
      const length = shape[k]!;
      const matrix = axisMatrix(name, axis, length, (group) =>
        transform[group] === undefined ? undefined : elementMatrix(transform[group]),
      );
      const order = [...x.shape.keys()].filter((other) => other !== k).concat(k);
      const last = tf.transpose(x, order);
      const rows = isPermutation(matrix, length)
        ? tf.gather(tf.reshape(last, [-1, length]), tf.tensor1d(sources(matrix, length), 'int32'), 1)
        : tf.matMul(tf.reshape(last, [-1, length]), tf.tensor2d(Float32Array.from(matrix), [length, length]), false, true);
      return tf.transpose(
        tf.reshape(rows, last.shape),
        order.map((_, at) => order.indexOf(at)),
      );
    };
    return [name, axes.reduce(move, tensors[name]!)] as const;
  });
  return Object.fromEntries(moved);
}

/** Where each entry comes from, for a matrix of one 1 per row. */
const sources = (matrix: Float64Array, length: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => matrix.subarray(i * length, (i + 1) * length).indexOf(1));

const isPermutation = (matrix: Float64Array, length: number): boolean =>
  matrix.every((value) => value === 0 || value === 1) && sources(matrix, length).every((from) => from >= 0);
