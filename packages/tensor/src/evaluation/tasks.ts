import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Task } from '../contracts/index.js';
import { demand } from '../errors.js';
import { countCorrect, crossEntropyOfRows } from './loss.js';

/** Label of a position that `masked-tokens` asks nothing of. */
export const NOT_ASKED = -1;

/** What a network is trained for, as functions of its outputs, [rows, outputs] ([rows, positions, outputs] of texts), and the labels of `Split`. */
export interface TaskFunctions {
  /** Loss of every row, [rows]. */
  lossOfRows(outputs: Tensor, labels: Tensor): Tensor1D;
  /** How many decisions are right, float32 scalar; NaN where the task knows no right and wrong. */
  countCorrect(outputs: Tensor, labels: Tensor): Scalar;
  /** Decisions that each row takes: what accuracy, the share of right ones, is out of. */
  decisionsPerRow(labels: Tensor): number;
}

/** The loss and the accuracy of every task; see `Task`. Training, evaluation and connectivity all read this one table. */
export const tasks: Readonly<Record<Task, TaskFunctions>> = {
  classification: { lossOfRows: crossEntropyOfRows, countCorrect, decisionsPerRow: () => 1 },
  'next-token': {
    lossOfRows(outputs, labels) {
      const [rows, positions, losses] = [
        labels.shape[0]!,
        labels.shape[1]!,
        crossEntropyOfRows(...flattened('next-token', outputs, labels)),
      ];
      return tf.mean(tf.reshape(losses, [rows, positions]), -1);
    },
    countCorrect: (outputs, labels) => countCorrect(...flattened('next-token', outputs, labels)),
    decisionsPerRow: (labels) => labels.shape[1]!,
  },
  'masked-tokens': {
    lossOfRows(outputs, labels) {
      const asked = askedOf(labels);
      const losses = tf.reshape(crossEntropyOfRows(...flattened('masked-tokens', outputs, labels)), labels.shape);
      return tf.div(tf.sum(tf.mul(losses, asked), -1), tf.maximum(tf.sum(asked, -1), 1));
    },
    /** Each row counts as one decision: the share of its hidden tokens that are found. */
    countCorrect(outputs, labels) {
      const found = tf.cast(tf.equal(tf.argMax(outputs, -1), labels), 'float32');
      return tf.sum(tf.div(tf.sum(found, -1), tf.maximum(tf.sum(askedOf(labels), -1), 1)));
    },
    decisionsPerRow: () => 1,
  },
  'multi-label': {
    /** -y log s(z) - (1 - y) log(1 - s(z)) = max(z, 0) - z y + log(1 + exp(-|z|)), in nats: finite for every z. */
    lossOfRows(outputs, labels) {
      demandSameShape('multi-label', outputs, labels);
      const tail = tf.log1p(tf.exp(tf.neg(tf.abs(outputs))));
      return tf.mean(tf.add(tf.sub(tf.relu(outputs), tf.mul(outputs, labels)), tail), -1);
    },
    /** Each class is a decision of its own: it is there where its output is above 0, a probability above 1/2. */
    countCorrect: (outputs, labels) => tf.sum(tf.cast(tf.equal(tf.greater(outputs, 0), tf.greater(labels, 0.5)), 'float32')),
    decisionsPerRow: (labels) => labels.shape[1]!,
  },
  regression: {
    lossOfRows(outputs, labels) {
      demandSameShape('regression', outputs, labels);
      return tf.mean(tf.square(tf.sub(outputs, labels)), -1);
    },
    countCorrect: () => tf.scalar(NaN),
    decisionsPerRow: () => 1,
  },
};

/** Mean loss over rows. */
export const taskLoss = (task: Task, outputs: Tensor, labels: Tensor): Scalar => tf.mean(tasks[task].lossOfRows(outputs, labels));

/** Every position of every row as a row of its own. */
function flattened(task: Task, outputs: Tensor, labels: Tensor): [Tensor, Tensor] {
  demand(
    outputs.rank === 3 && outputs.shape.slice(0, 2).join() === labels.shape.join(),
    task,
    `outputs [rows, positions, tokens] for labels [${labels.shape.join(', ')}]`,
    `[${outputs.shape.join(', ')}]`,
    'Use an architecture that gives logits at every position, such as gpt2 or bert.',
  );
  return [tf.reshape(outputs, [-1, outputs.shape[2]!]), tf.reshape(labels, [-1])];
}

/** 1 where a token is asked for and 0 elsewhere, float32 of the shape of the labels. */
const askedOf = (labels: Tensor): Tensor => tf.cast(tf.notEqual(labels, tf.scalar(NOT_ASKED, 'int32')), 'float32');

function demandSameShape(task: Task, outputs: Tensor, labels: Tensor): void {
  demand(
    outputs.shape.join() === labels.shape.join(),
    task,
    `labels of the shape of the outputs [${outputs.shape.join(', ')}]`,
    `[${labels.shape.join(', ')}]`,
    'Give the network as many outputs as the data set has.',
  );
}
