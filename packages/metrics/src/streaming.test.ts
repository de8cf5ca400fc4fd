import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { metricContract } from '@basinlab/core/testing';
import { testContract } from '@basinlab/core/testing/jest';
import type { ActivationBatch } from '@basinlab/tensor';
import { accuracy } from './accuracy.js';
import { crossEntropy } from './cross-entropy.js';

await tf.setBackend('cpu');

const column = (name: string, tensor: tf.Tensor): ActivationBatch['columns'][number] => ({
  name,
  field: { model: 'a', layer: name, site: 'input' },
  tensor,
});
const batch = (logits: number[][], labels: number[]) => (): ActivationBatch => ({
  rows: labels.length,
  columns: [column('logits', tf.tensor2d(logits)), column('labels', tf.tensor1d(labels, 'int32'))],
});
const logits = [
  [2, 0, 0],
  [0, 1, 5],
  [3, 3, 1],
  [0, 0, 0],
  [-1, 4, 2],
];
const labels = [0, 1, 0, 2, 1];

testContract(
  metricContract(accuracy, [
    // The third row ties and counts for the first class, the fourth ties and misses.
    { name: 'ties', batch: batch(logits, labels), expected: { accuracy: 60 } },
    {
      name: 'all wrong',
      batch: batch(
        [
          [0, 1],
          [1, 0],
        ],
        [0, 1],
      ),
      expected: { accuracy: 0 },
    },
  ]),
);

const rowLoss = (row: number[], label: number): number => Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[label]!;
testContract(
  metricContract(crossEntropy, [
    {
      name: 'mixed rows',
      batch: batch(logits, labels),
      expected: { 'cross-entropy': logits.reduce((sum, row, i) => sum + rowLoss(row, labels[i]!), 0) / logits.length },
    },
    {
      name: 'far logits do not overflow',
      batch: batch(
        [
          [1000, 0],
          [0, -1000],
        ],
        [1, 0],
      ),
      expected: { 'cross-entropy': 500 },
    },
  ]),
);
