import * as tf from '@tensorflow/tfjs-core';
import type { GroupElement, Tensors } from '@basinlab/core';
import { polarFactor } from '@basinlab/core/linear-algebra';
import { solveAssignment, type Assignment } from '../lap/index.js';
import type { Latent } from './latents.js';

/** What a latent has become, and what the device needs of that. */
export interface Projected {
  readonly element: GroupElement;
  /**
   * `polar`: factor, right singular vectors and singular values. `assignment`: indices, their inverse and the duals of columns. `sinkhorn`: nothing, the device makes its
   * matrix itself.
   */
  readonly feed: Tensors;
  /** From which the next assignment is quick. */
  readonly assignment?: Assignment;
}

/** Projects a latent [size, size] on the host: float64, exactly. `before` is its projection of the step before. */
export async function projectLatent({ projection, size }: Latent, latent: tf.Tensor, before?: Projected): Promise<Projected> {
  const values = Float64Array.from(await latent.data());
  if (projection === 'polar') {
    const { factor, singularValues, right } = polarFactor(values, size);
    const matrix = (of: Float64Array): tf.Tensor => tf.tensor2d(Float32Array.from(of), [size, size]);
    return {
      element: { kind: 'orthogonal', size, matrix: factor },
      feed: { factor: matrix(factor), right: matrix(right), singular: tf.tensor1d(Float32Array.from(singularValues)) },
    };
  }
  const start = before?.assignment;
  const assignment = solveAssignment(values, { rows: size, columns: size, maximise: true, ...(start !== undefined && { start }) });
  const element = { kind: 'permutation', indices: assignment.columnOf } as const;
  if (projection === 'sinkhorn') return { element, feed: {}, assignment };
  const duals = tf.tensor1d(Float32Array.from(assignment.columnDuals));
  const [indices, inverse] = [assignment.columnOf, assignment.rowOf].map((rows) => tf.tensor1d(rows, 'int32')) as [
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  return { element, feed: { indices, inverse, duals }, assignment };
}

/**
 * Gradient with respect to a matrix Z of something whose gradient with respect to its orthogonal factor O is given: with Z = U S V^T and B = U^T G V,
 * U [(B - B^T) / (s_i + s_j)] V^T. Exact also where singular values are equal. All [size, size]; `right` is V^T. Inside `tf.tidy`.
 */
export function polarPullback({ factor, right, singular }: Tensors, gradient: tf.Tensor): tf.Tensor2D {
  const [o, v] = [factor as tf.Tensor2D, right as tf.Tensor2D];
  const rotated = tf.matMul(tf.matMul(v, tf.matMul(o, gradient as tf.Tensor2D, true, false)), v, false, true);
  const sums = tf.add(tf.reshape(singular!, [-1, 1]), tf.reshape(singular!, [1, -1]));
  // Where both are 0 the factor is not unique, and no gradient is.
  const quotient = tf.divNoNan(tf.sub(rotated, tf.transpose(rotated)), sums) as tf.Tensor2D;
  return tf.matMul(tf.matMul(tf.matMul(o, v, false, true), quotient), v);
}

/**
 * Gradient with respect to a latent from that with respect to what it was projected to, [size, size]: {@link polarPullback} through polar factors, the same
 * gradient straight through assignments; doubly stochastic matrices are differentiated by themselves. Inside `tf.tidy`.
 */
export const latentPullback = ({ projection }: Pick<Latent, 'projection'>, feed: Tensors, gradient: tf.Tensor): tf.Tensor =>
  projection === 'polar' ? polarPullback(feed, gradient) : gradient;

/** The matrix [size, size] of a permutation: 1 at [i, indices[i]]. */
export const permutationMatrix = (indices: tf.Tensor): tf.Tensor2D =>
  tf.oneHot(indices as tf.Tensor1D, indices.shape[0]!, 1, 0, 'float32') as tf.Tensor2D;

/**
 * How far an assignment of greatest sum is from being no longer one: least of u_i + v_j - Z_ij, where u makes chosen pairs tight. At least 0: it certainly is
 * one. Inside `tf.tidy`.
 */
export function assignmentSlack({ indices, duals }: Tensors, latent: tf.Tensor): tf.Scalar {
  const chosen = permutationMatrix(indices!);
  const columns = tf.reshape(duals!, [1, -1]);
  const rows = tf.sum(tf.mul(tf.sub(latent, columns), chosen), 1, true);
  return tf.min(tf.sub(tf.add(rows, columns), latent));
}
