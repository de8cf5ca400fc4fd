import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { demand } from '../errors.js';
import { kernelOr, withGradient } from './kernel.js';

/**
 * `x` [rows, ...] with every `updates[i]` added to its row `indices[i]`; a row that several name gets the sum. Unlike an unsorted segment
 * sum it writes into what is there, so that a loop can sum many blocks in the memory of one. `indices` int32 [count] lie in 0 .. rows - 1,
 * `updates` is [count, ...]. Differentiable in both. Kernel `ScatterAdd`.
 */
export function scatterAdd(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  const [rows = 0, ...row] = x.shape;
  demand(
    indices.rank === 1 && indices.dtype === 'int32',
    'scatterAdd',
    'an int32 vector of rows',
    `${indices.dtype} [${indices.shape.join(', ')}]`,
  );
  const wanted = [indices.size, ...row];
  demand(tf.util.arraysEqual(updates.shape, wanted), 'scatterAdd', `updates of shape [${wanted.join(', ')}]`, updates.shape);
  demand(x.dtype === updates.dtype, 'scatterAdd', `updates of dtype ${x.dtype}`, updates.dtype);
  return withGradient(
    [x, updates],
    (save) => {
      save(indices);
      return kernelOr('ScatterAdd', { x, indices, updates }, {}, () =>
        tf.add(x, tf.scatterND(tf.expandDims(indices, 1), updates, [rows, ...row])),
      );
    },
    (dy, [at]) => [tf.clone(dy), tf.gather(dy, at as Tensor1D)],
  );
}
