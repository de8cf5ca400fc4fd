import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { jit, vmap } from '@basinlab/tensor';
import type { Jitted } from '@basinlab/tensor';
import { batchesOf } from '@basinlab/tensor/evaluation';
import { device, foldIn } from '@basinlab/tensor/random';
import type { Key } from '@basinlab/tensor/random';

/** Rows of each batch of an epoch: `full` [steps, batch] and the smaller last batch `rest` [rows], which may be empty; int32. */
export type DataOrder = { full: Tensor; rest: Tensor };

/**
 * Compiles the draw of one epoch's order: key [2] -> a permutation of the samples, cut into batches. With `stacked` keys are [models, 2]
 * and orders have a leading axis [models].
 */
export function compileDataOrder(
  samples: number,
  { batch, stacked }: { batch: number; stacked: boolean },
): Jitted<(keys: Tensor) => DataOrder> {
  const { full, rest } = batchesOf(samples, batch);
  const draw = (key: Tensor): DataOrder => {
    const order = device.permutation(key, samples);
    return { full: tf.reshape(tf.slice(order, 0, full * batch), [full, batch]), rest: tf.slice(order, full * batch, rest) };
  };
  return jit((keys: Tensor): DataOrder => (stacked ? vmap(draw)(keys) : draw(keys)), { name: 'data-order' });
}

/** Keys of one epoch (from 0) for the models of a group: int32 [2], or [models, 2] when stacked. */
export function epochKeys(keys: readonly Key[], epoch: number, stacked: boolean): Tensor {
  return keysOfModels(
    keys.map((key) => foldIn(key, epoch)),
    stacked,
  );
}

/** Keys of the models of a group as a tensor: int32 [2], or [models, 2] when stacked. */
export function keysOfModels(keys: readonly Key[], stacked: boolean): Tensor {
  // The words are unsigned, int32 holds their bits.
  const bits = Int32Array.from(
    keys.flatMap((key) => [...key]),
    (word) => word | 0,
  );
  return tf.tensor(bits, stacked ? [keys.length, 2] : [2], 'int32');
}
