import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { axisMatrix, groupPlaces, type GroupPlace } from '@basinlab/tensor';
import { multiplyTransposed, orthonormalColumns, transposed } from '@basinlab/tensor/linear-algebra';
import { childKey, nestedPermutation, normal, permutation, uniform } from '@basinlab/tensor/random';
import type { Key } from '@basinlab/tensor/random';
import type { AxisSymmetry, GroupElement, GroupKind, ParamSpec, StateSpec, SymmetryTransform, Tensors } from '../../contracts/index.js';

type Spec = Pick<ParamSpec | StateSpec, 'name' | 'shape' | 'axes'>;

type SizeAt = Pick<GroupPlace, 'size' | 'kind' | 'nest' | 'planes'> & { readonly at: string };

/** Number of things that each group exchanges, with every place that says so. */
export function groupSizes(specs: readonly Spec[]): Map<string, SizeAt[]> {
  const sizes = new Map<string, SizeAt[]>();
  for (const { group, size, kind, nest, planes, name, axis } of groupPlaces(specs)) {
    sizes.set(group, [...(sizes.get(group) ?? []), { size, kind, nest, planes, at: `${name} axis ${axis}` }]);
  }
  return sizes;
}

/** A random element of every group of the specs: of its own kind, or a permutation, which every kind knows. */
export function randomTransform(specs: readonly Spec[], key: Key, kinds: 'own' | 'permutation' = 'own'): SymmetryTransform {
  const entries = [...groupSizes(specs)].map(([group, places]): [string, GroupElement] => {
    const { size, kind, nest } = places[0]!;
    const own = childKey(key, group);
    if (kind === 'nested-permutation') return [group, { kind: 'permutation', indices: nestedPermutation(own, size, nest) }];
    if (kind === 'permutation' || kinds === 'permutation') return [group, { kind: 'permutation', indices: permutation(own, size) }];
    if (kind === 'rotated-permutation') {
      const turned = size * Math.max(...places.map(({ planes }) => planes));
      const angles = Float64Array.from(uniform(childKey(own, 'angles'), turned, { min: -Math.PI, max: Math.PI }));
      return [group, { kind: 'rotated', indices: permutation(own, size), angles }];
    }
    return [group, randomElement(kind, size, own)];
  });
  return Object.fromEntries(entries);
}

function randomElement(
  kind: Exclude<GroupKind, 'permutation' | 'nested-permutation' | 'rotated-permutation'>,
  size: number,
  key: Key,
): GroupElement {
  const rotation = (name: string): Float64Array =>
    Float64Array.from(orthonormalColumns(Float64Array.from(normal(childKey(key, name), size * size)), size, size));
  if (kind === 'orthogonal')
    return { kind, size, matrix: Float64Array.from(orthonormalColumns(Float64Array.from(normal(key, size * size)), size, size)) };
  const factors = Float64Array.from(uniform(childKey(key, 'factors'), size, { min: 0.5, max: 2 }));
  if (kind === 'invertible') {
    const stretched = rotation('right').map((value, at) => value * factors[Math.floor(at / size)]!);
    return { kind, size, matrix: multiplyTransposed(rotation('left'), transposed(stretched, size, size), size, size, size) };
  }
  const scales = kind === 'scaled-permutation' ? factors : factors.map((factor) => (factor < 1.25 ? -1 : 1));
  return { kind: 'monomial', indices: permutation(key, size), scales };
}

/** Moves every axis of every tensor by its group's element: `new[i] = old[indices[i]]`, blocks as wholes, or a product with its matrix. */
export function transformTensors(specs: readonly Spec[], tensors: Tensors, transform: SymmetryTransform): Tensors {
  const moved = specs.map(({ name, shape, axes }) => {
    const move = (x: Tensor, axis: AxisSymmetry | null, k: number): Tensor => {
      if (axis === null) return x;
      const length = shape[k]!;
      const matrix = axisMatrix(name, axis, length, (group) => transform[group]);
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
