import * as tf from '@tensorflow/tfjs-core';
import type { Metric } from '@basinlab/tensor';
import { crossEntropyOfRows } from '@basinlab/tensor/evaluation';
import { labelledLogits } from './labelled-logits.js';

/** Sum over the rows so far. */
export interface CrossEntropyState {
  readonly rows: number;
  /** Sum over rows, in nats. */
  readonly sum: number;
}

/** Mean softmax cross entropy over rows (not over batches), in nats, at least 0. NaN without rows. */
export const crossEntropy: Metric<CrossEntropyState> = {
  id: 'cross-entropy',
  inputs: ['logits', 'labels'],
  range: [0, Infinity],
  better: 'lower',
  init: () => ({ rows: 0, sum: 0 }),
  update: (state, batch) => {
    const total = tf.tidy(() => {
      const { logits, labels } = labelledLogits('cross-entropy', batch);
      return tf.sum(crossEntropyOfRows(logits, labels));
    });
    const sum = total.dataSync()[0]!;
    total.dispose();
    return { rows: state.rows + batch.rows, sum: state.sum + sum };
  },
  result: ({ rows, sum }) => [{ name: 'cross-entropy', value: sum / rows }],
};
