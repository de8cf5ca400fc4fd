import * as tf from '@tensorflow/tfjs-core';
import type { Metric } from '@basinlab/tensor';
import { countCorrect } from '@basinlab/tensor/evaluation';
import { labelledLogits } from './labelled-logits.js';

/** Counts so far. */
export interface AccuracyState {
  readonly rows: number;
  readonly correct: number;
}

/** Percent of rows whose largest logit is at the label, in [0, 100]; of several equal logits the first counts. NaN without rows. */
export const accuracy: Metric<AccuracyState> = {
  id: 'accuracy',
  inputs: ['logits', 'labels'],
  range: [0, 100],
  better: 'higher',
  init: () => ({ rows: 0, correct: 0 }),
  update: (state, batch) => {
    const count = tf.tidy(() => {
      const { logits, labels } = labelledLogits('accuracy', batch);
      return countCorrect(logits, labels);
    });
    const correct = count.dataSync()[0]!;
    count.dispose();
    return { rows: state.rows + batch.rows, correct: state.correct + correct };
  },
  result: ({ rows, correct }) => [{ name: 'accuracy', value: (100 * correct) / rows }],
};
