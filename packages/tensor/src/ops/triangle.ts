import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The lower triangles of matrices [..., rows, columns], zeros above; `offset` moves the border up (positive) or down, as `numpy.tril`.
 * One selection for all matrices, where `tf.linalg.bandPart` makes one per matrix.
 */
export const lowerTriangle = (x: Tensor, offset = 0): Tensor =>
  keepWhere(x, (row, column) => tf.lessEqual(tf.sub(column, row), tf.scalar(offset, 'int32')));

/** The upper triangles, zeros below; `offset` as `numpy.triu`. */
export const upperTriangle = (x: Tensor, offset = 0): Tensor =>
  keepWhere(x, (row, column) => tf.greaterEqual(tf.sub(column, row), tf.scalar(offset, 'int32')));

/** The diagonals, zeros elsewhere. */
export const diagonalOnly = (x: Tensor): Tensor => keepWhere(x, (row, column) => tf.equal(row, column));

function keepWhere(x: Tensor, keep: (row: Tensor, column: Tensor) => Tensor): Tensor {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const row = tf.reshape(tf.range(0, rows, 1, 'int32'), [rows, 1]);
  const column = tf.reshape(tf.range(0, columns, 1, 'int32'), [1, columns]);
  return tf.where(tf.cast(keep(row, column), 'bool'), x, tf.zeros([], x.dtype as 'float32'));
}
