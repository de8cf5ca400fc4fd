import * as tf from '@tensorflow/tfjs-core';
import { axisSegments, withGradient, type AxisFactor, type AxisSpec, type Tensors } from '@basinlab/core';

/** For some groups a matrix [units, units] in place of a permutation: new = matrix old along every axis of the group. */
export type SoftTransform = Readonly<Record<string, tf.Tensor2D | KnownPermutation>>;

/** A matrix that is a permutation's, of which gradients are taken all the same: what it moves is gathered, not multiplied. */
export interface KnownPermutation {
  /** 1 at [i, indices[i]]. */
  readonly matrix: tf.Tensor2D;
  /** int32, and the permutation that undoes it. */
  readonly indices: tf.Tensor;
  readonly inverse: tf.Tensor;
}

/**
 * Moves the units of a network by matrices, differentiably; equal to `applyTransform` where each matrix is a permutation's, with
 * matrix[i, indices[i]] = 1. Inside `tf.tidy`.
 */
export function applySoftTransform(specs: readonly AxisSpec[], tensors: Tensors, soft: SoftTransform): Tensors {
  return Object.fromEntries(
    specs.flatMap(({ name, shape, axes }) => {
      const tensor = tensors[name];
      if (tensor === undefined) return [];
      const moved = axes.reduce<tf.Tensor>(
        (x, axis, k) => (axis === null ? x : moveAxis(x, k, axisSegments(name, axis, shape[k]!), soft)),
        tensor,
      );
      return [[name, moved] as const];
    }),
  );
}

function moveAxis(x: tf.Tensor, axis: number, segments: readonly (readonly AxisFactor[])[], soft: SoftTransform): tf.Tensor {
  const shape = x.shape;
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
  const [outer, length, inner] = [product(shape.slice(0, axis)), shape[axis]!, product(shape.slice(axis + 1))];
  const flat = tf.reshape(x, [outer, length, inner]);
  let offset = 0;
  const parts = segments.map((factors) => {
    const size = product(factors.map((factor) => factor.size));
    let part: tf.Tensor = size === length ? flat : tf.slice(flat, [0, offset, 0], [outer, size, inner]);
    offset += size;
    factors.forEach(({ group, size: units }, k) => {
      const matrix = group === null ? undefined : soft[group];
      if (matrix === undefined) return;
      const before = outer * product(factors.slice(0, k).map((factor) => factor.size));
      const columns = tf.reshape(tf.transpose(tf.reshape(part, [before, units, -1]), [1, 0, 2]), [units, -1]);
      const moved = tf.reshape(times(matrix, columns as tf.Tensor2D), [units, before, -1]);
      part = tf.transpose(moved, [1, 0, 2]);
    });
    return tf.reshape(part, [outer, size, inner]);
  });
  return tf.reshape(parts.length === 1 ? parts[0]! : tf.concat(parts, 1), shape);
}

function times(by: tf.Tensor2D | KnownPermutation, columns: tf.Tensor2D): tf.Tensor {
  if (!('indices' in by)) return tf.matMul(by, columns);
  return withGradient(
    [by.matrix, columns],
    (save) => {
      save(columns, by.inverse);
      return tf.gather(columns, by.indices as tf.Tensor1D);
    },
    (dy, [x, inverse]) => [tf.matMul(dy as tf.Tensor2D, x as tf.Tensor2D, false, true), tf.gather(dy, inverse as tf.Tensor1D)],
  );
}
