import * as tf from '@tensorflow/tfjs-core';
import type { AxisRole, Tensors } from '@basinlab/core';
import type { RoleMatrices } from '../sinkhorn/soft-transform.js';
import { sinkhorn } from '../sinkhorn/sinkhorn.js';
import type { Latent } from './latents.js';
import { latentPullback, permutationMatrix } from './project.js';

// What is between a latent and the axes that it moves. A latent becomes variables, of which gradients are taken: what it was projected to, and what is free in it. Those become a
// matrix for each role that an axis may have. Gradients go the way back in closed form.

/** Row and column scalings of a doubly stochastic matrix, as in arXiv 2506.22712, appendix D. */
const SCALINGS = 10;

/** The doubly stochastic matrix of a latent, [size, size]. Inside `tf.tidy`. */
export const doublyStochastic = (latent: tf.Tensor2D): tf.Tensor2D => sinkhorn(latent, { temperature: 1, iterations: SCALINGS });

const columnOf = (vector: tf.Tensor): tf.Tensor => tf.reshape(vector, [-1, 1]);

/** What gradients of a latent are taken of: a `matrix` [size, size]; of maps their inverse transposed, `reads`; of factors their logarithms, `logs` [size, 1]; `angles` [size, planes]. Inside `tf.tidy`. */
export function variablesOf({ projection, size, planes = 0 }: Latent, value: tf.Tensor, feed: Tensors): Tensors {
  switch (projection) {
    case 'polar':
      return { matrix: feed['factor']! };
    case 'assignment':
    case 'nested':
      return { matrix: permutationMatrix(feed['indices']!) };
    case 'signed':
      return { matrix: tf.mul(permutationMatrix(feed['indices']!), columnOf(feed['signs']!)) };
    case 'scaled':
      return { matrix: permutationMatrix(feed['indices']!), logs: tf.slice(value, [0, size], [size, 1]) };
    case 'rotated':
      return { matrix: permutationMatrix(feed['indices']!), angles: tf.slice(value, [0, size], [size, planes]) };
    case 'map':
      return { matrix: value, reads: feed['reads']! };
    case 'sinkhorn':
      return { matrix: value };
    default:
      return projection satisfies never;
  }
}

/** The matrix by which a latent moves an axis of each role; what is left out is that of `values`. Inside `tf.tidy`. */
export function matricesOf({ projection, size, nest = 1 }: Latent, variables: Tensors, value: tf.Tensor, feed: Tensors): RoleMatrices {
  const matrix = variables['matrix'] as tf.Tensor2D;
  switch (projection) {
    case 'polar':
      return { values: matrix };
    case 'assignment':
      return { values: matrix, known: { indices: feed['indices']!, inverse: feed['inverse']! } };
    case 'sinkhorn':
      return { values: doublyStochastic(matrix) };
    case 'signed': {
      // Gains follow the size of an entry. Straight through, an entry that is not chosen grows in the direction that its latent has.
      const chosen = permutationMatrix(feed['indices']!);
      const signs = tf.add(tf.mul(chosen, columnOf(feed['signs']!)), tf.mul(tf.sub(1, chosen), tf.sign(value)));
      return { values: matrix, gains: tf.mul(matrix, signs) as tf.Tensor2D };
    }
    case 'scaled': {
      const logs = variables['logs']!;
      return { values: tf.mul(tf.exp(logs), matrix) as tf.Tensor2D, reads: tf.mul(tf.exp(tf.neg(logs)), matrix) as tf.Tensor2D };
    }
    case 'rotated':
      return { values: matrix, angles: variables['angles'] as tf.Tensor2D };
    case 'nested': {
      const [nests, inner] = [size / nest, nest];
      const blocks = tf.reshape(matrix, [nests, inner, nests, inner]);
      return { values: matrix, nests: tf.div(tf.sum(blocks, [1, 3]), inner) as tf.Tensor2D };
    }
    case 'map':
      return { values: matrix, reads: variables['reads'] as tf.Tensor2D };
    default:
      return projection satisfies never;
  }
}

/**
 * Gradient with respect to a latent from those with respect to its variables. Of a map M that also acts by B, its inverse transposed: G_M - B G_B^T B. Inside `tf.tidy`.
 */
export function pullback(latent: Latent, feed: Tensors, gradients: Tensors): tf.Tensor {
  const matrix = gradients['matrix'] as tf.Tensor2D;
  if (latent.projection === 'scaled') return tf.concat([matrix, gradients['logs'] as tf.Tensor2D], 1);
  if (latent.projection === 'rotated') return tf.concat([matrix, gradients['angles'] as tf.Tensor2D], 1);
  if (latent.projection === 'map') {
    const reads = feed['reads'] as tf.Tensor2D;
    return tf.sub(matrix, tf.matMul(tf.matMul(reads, gradients['reads'] as tf.Tensor2D, false, true), reads));
  }
  return latentPullback(latent, feed, matrix);
}

/** What is done by `matrices` when what `undone` does to the first model is taken back: M_0^-1 M for each role. Inside `tf.tidy`. */
export function relativeTo(undone: RoleMatrices, matrices: RoleMatrices): RoleMatrices {
  const of = (side: RoleMatrices, role: AxisRole): tf.Tensor2D => side[role] ?? side.values;
  const after = (left: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor2D => tf.matMul(left, right, true, false);
  const roles = { values: after(of(undone, 'reads'), matrices.values), reads: after(undone.values, of(matrices, 'reads')) };
  return {
    ...roles,
    ...(matrices.gains && { gains: after(of(undone, 'gains'), matrices.gains) }),
    // Turned the other way before units go back.
    ...(matrices.angles && { angles: after(undone.values, tf.sub(matrices.angles, undone.angles!)) }),
    ...(matrices.nests && { nests: after(of(undone, 'nests'), matrices.nests) }),
  };
}
