import * as tf from '@tensorflow/tfjs-core';
import {
  axisSegments,
  planeEntries,
  withGradient,
  type AxisFactor,
  type AxisRole,
  type AxisSpec,
  type PlaneEntries,
  type Tensors,
} from '@basinlab/core';

/** Matrices of one group by what an axis is to its units; a role that is left out is moved as values are. [units, units], for nests [nests, nests]. */
export type RoleMatrices = { readonly values: tf.Tensor2D } & Readonly<Partial<Record<Exclude<AxisRole, 'values'>, tf.Tensor2D>>> & {
    /** Where `values` is a permutation's, of which gradients are taken all the same: what it moves is gathered, not multiplied. */
    readonly known?: KnownPermutation;
    /** Of units with coordinates in planes, [units, planes]: what these turn by once the units are moved. */
    readonly angles?: tf.Tensor2D;
  };

/** int32 [units]: a matrix with 1 at [i, indices[i]], and the permutation that undoes it. */
export interface KnownPermutation {
  readonly indices: tf.Tensor;
  readonly inverse: tf.Tensor;
}

/** For some groups a matrix [units, units] in place of a permutation: new = matrix old along every axis of the group, or a matrix for each role of an axis. */
export type SoftTransform = Readonly<Record<string, tf.Tensor2D | RoleMatrices>>;

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
    factors.forEach(({ group, size: units, as = 'values' }, k) => {
      const given = group === null ? undefined : soft[group];
      if (given === undefined) return;
      const by: RoleMatrices = given instanceof tf.Tensor ? { values: given } : given;
      const before = outer * product(factors.slice(0, k).map((factor) => factor.size));
      const columns = tf.reshape(tf.transpose(tf.reshape(part, [before, units, -1]), [1, 0, 2]), [units, -1]);
      const moved = tf.reshape(times(by, as, columns as tf.Tensor2D), [units, before, -1]);
      part = tf.transpose(moved, [1, 0, 2]);
    });
    for (const { planesOf } of factors) {
      const by = planesOf === undefined ? undefined : soft[planesOf];
      if (by === undefined || by instanceof tf.Tensor || by.angles === undefined) continue;
      part = turn(tf.reshape(part, [outer, size, inner]), by.angles, planeEntries(factors, planesOf!)!);
    }
    return tf.reshape(part, [outer, size, inner]);
  });
  return tf.reshape(parts.length === 1 ? parts[0]! : tf.concat(parts, 1), shape);
}

/** Coordinates of units along the second axis of `x` [outer, entries, inner], turned. */
function turn(x: tf.Tensor, angles: tf.Tensor2D, { planes, across, unitOf, coordinateOf }: PlaneEntries): tf.Tensor {
  const entries = x.shape[1]!;
  const of = (f: (entry: number, isFirst: boolean) => number): number[] =>
    Array.from({ length: entries }, (_, entry) => f(entry, coordinateOf(entry) < planes));
  const own = tf.tensor1d(
    of((entry) => unitOf(entry) * planes + (coordinateOf(entry) % planes)),
    'int32',
  );
  const others = tf.tensor1d(
    of((entry, isFirst) => (isFirst ? entry + across : entry - across)),
    'int32',
  );
  const signs = tf.tensor1d(of((_, isFirst) => (isFirst ? -1 : 1)));
  const angle = tf.gather(tf.reshape(angles, [-1]), own);
  const column = (values: tf.Tensor): tf.Tensor => tf.reshape(values, [1, entries, 1]);
  return tf.add(tf.mul(x, column(tf.cos(angle))), tf.mul(tf.gather(x, others, 1), column(tf.mul(signs, tf.sin(angle)))));
}

function times({ known, angles: _, ...matrices }: RoleMatrices, role: AxisRole, columns: tf.Tensor2D): tf.Tensor {
  const own = matrices[role];
  if (known === undefined || (own !== undefined && role !== 'values')) return tf.matMul(own ?? matrices.values, columns);
  return withGradient(
    [matrices.values, columns],
    (save) => {
      save(columns, known.inverse);
      return tf.gather(columns, known.indices as tf.Tensor1D);
    },
    (dy, [x, inverse]) => [tf.matMul(dy as tf.Tensor2D, x as tf.Tensor2D, false, true), tf.gather(dy, inverse as tf.Tensor1D)],
  );
}
