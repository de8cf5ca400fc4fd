import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError, type GroupElement, type Tensors } from '@basinlab/core';
import { conditionNumber, inverse, polarFactor, transposed } from '@basinlab/core/linear-algebra';
import { solveAssignment, solveNestedAssignment, type Assignment } from '../lap/index.js';
import { CONDITION } from '../transform/elements.js';
import { columnsOf, type Latent } from './latents.js';

/** What a latent has become, and what the device needs of that. */
export interface Projected {
  readonly element: GroupElement;
  /**
   * `polar`: factor, right singular vectors and singular values. `assignment`, `scaled`, `rotated`: indices and the duals of columns; `assignment`: their inverse too; `signed`: signs too. `nested`: indices. `map`: the inverse
   * transposed. `sinkhorn`: nothing, the device makes its matrix itself.
   */
  readonly feed: Tensors;
  /** From which the next assignment is quick. */
  readonly assignment?: Assignment;
}

/**
 * Projects a latent on the host: float64, exactly. `before` is its projection of the step before.
 * @throws BasinlabError for a map that has become hard to undo
 */
export async function projectLatent(latent: Latent, value: tf.Tensor, before?: Projected): Promise<Projected> {
  const { projection, size, nest } = latent;
  const values = Float64Array.from(await value.data());
  const matrix = (of: Float64Array): tf.Tensor => tf.tensor2d(Float32Array.from(of), [size, size]);
  if (projection === 'map') {
    checkCondition(latent, values);
    return {
      element: { kind: 'invertible', size, matrix: values },
      feed: { reads: matrix(transposed(inverse(values, size), size, size)) },
    };
  }
  if (projection === 'nested') {
    const { columnOf } = solveNestedAssignment(values, { units: size, nest, maximise: true });
    return { element: { kind: 'permutation', indices: columnOf }, feed: { indices: tf.tensor1d(columnOf, 'int32') } };
  }
  if (projection === 'polar') {
    const { factor, singularValues, right } = polarFactor(values, size);
    return {
      element: { kind: 'orthogonal', size, matrix: factor },
      feed: { factor: matrix(factor), right: matrix(right), singular: tf.tensor1d(Float32Array.from(singularValues)) },
    };
  }
  const start = before?.assignment;
  const scores = scoresOf(latent, values);
  const assignment = solveAssignment(scores, { rows: size, columns: size, maximise: true, ...(start !== undefined && { start }) });
  const indices = assignment.columnOf;
  if (projection === 'sinkhorn') return { element: { kind: 'permutation', indices }, feed: {}, assignment };
  const duals = tf.tensor1d(Float32Array.from(assignment.columnDuals));
  const feed = { indices: tf.tensor1d(indices, 'int32'), duals };
  if (projection === 'scaled' || projection === 'rotated') return { element: freeElement(latent, indices, values), feed, assignment };
  if (projection === 'assignment')
    return { element: { kind: 'permutation', indices }, feed: { ...feed, inverse: tf.tensor1d(assignment.rowOf, 'int32') }, assignment };
  const scales = Float64Array.from(indices, (from, to) => (values[to * size + from]! < 0 ? -1 : 1));
  const signs = tf.tensor1d(Float32Array.from(scales));
  return { element: { kind: 'monomial', indices, scales }, feed: { ...feed, signs }, assignment };
}

/** What units are assigned by, [size, size]: sizes where there are signs, and what is beside factors or angles. */
function scoresOf(latent: Latent, values: Float64Array): Float64Array {
  const [size, columns] = [latent.size, columnsOf(latent)];
  if (latent.projection === 'signed') return values.map(Math.abs);
  if (columns === size) return values;
  return Float64Array.from({ length: size * size }, (_, at) => values[Math.floor(at / size) * columns + (at % size)]!);
}

/** An assignment with the factors or the angles of a latent. */
export function freeElement(latent: Latent, indices: Int32Array, values: ArrayLike<number>): GroupElement {
  const [size, columns] = [latent.size, columnsOf(latent)];
  const free = columns - size;
  const beside = Float64Array.from({ length: size * free }, (_, at) => values[Math.floor(at / free) * columns + size + (at % free)]!);
  if (latent.projection === 'rotated') return { kind: 'rotated', indices, angles: beside };
  return { kind: 'monomial', indices, scales: beside.map(Math.exp) };
}

function checkCondition({ group, size }: Latent, values: Float64Array): void {
  const condition = conditionNumber(values, size);
  if (condition <= CONDITION) return;
  const remedy = 'Learn more slowly (`learningRate`), hold it back (`weightDecay`), or permute it only (`permutationsOnly`).';
  throw new BasinlabError('learned-matching', `a map of ${group} with a condition number of at most ${CONDITION}`, condition, { remedy });
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
 * How far an assignment of greatest sum is from being no longer one: least of u_i + v_j - Z_ij, where u makes chosen pairs tight, and where there are `signs`, of sizes in the place of Z and
 * of what was chosen, which must keep its sign. At least 0: it certainly is one. Inside `tf.tidy`.
 */
export function assignmentSlack({ indices, duals, signs }: Tensors, latent: tf.Tensor): tf.Scalar {
  const size = indices!.shape[0]!;
  const given = latent.shape[1] === size ? latent : tf.slice(latent, [0, 0], [size, size]);
  const scores = signs === undefined ? given : tf.abs(given);
  const chosen = permutationMatrix(indices!);
  const columns = tf.reshape(duals!, [1, -1]);
  const rows = tf.sum(tf.mul(tf.sub(scores, columns), chosen), 1, true);
  const slack = tf.min(tf.sub(tf.add(rows, columns), scores));
  if (signs === undefined) return slack as tf.Scalar;
  return tf.minimum(slack, tf.min(tf.mul(tf.sum(tf.mul(given, chosen), 1), signs)));
}
