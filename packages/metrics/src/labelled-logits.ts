import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { BasinlabError, demand, type ActivationBatch } from '@basinlab/tensor';

/**
 * The columns `logits` [rows, classes] and `labels` [rows] of a batch, by name or by the layer that their field names, labels as int32; an Arrow table has them as float32 [rows, 1]. Call it inside
 * `tf.tidy`.
 * @throws BasinlabError in the name of `id` where one is missing or has another shape
 */
export function labelledLogits(id: string, { rows, columns }: ActivationBatch): { logits: Tensor; labels: Tensor } {
  const column = (name: string): Tensor => {
    const found = columns.find((candidate) => candidate.name === name) ?? columns.find(({ field }) => field.layer === name);
    if (found === undefined)
      throw new BasinlabError(id, `a column ${name}`, columns.map((candidate) => candidate.name).join(', ') || 'no column');
    return found.tensor;
  };
  const [logits, labels] = [column('logits'), column('labels')];
  demand(logits.rank === 2 && logits.shape[0] === rows, id, `logits of shape [${rows}, classes]`, logits.shape);
  demand(labels.size === rows && labels.shape[0] === rows, id, `labels of shape [${rows}]`, labels.shape);
  return { logits, labels: tf.cast(tf.reshape(labels, [rows]), 'int32') };
}
