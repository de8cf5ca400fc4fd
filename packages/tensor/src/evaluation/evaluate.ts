import * as tf from '@tensorflow/tfjs-core';
import type { Graph, Network, Split, Task, Tensors, Variables } from '../contracts/index.js';
import { jit, map, vmap } from '../transforms/index.js';
import { batchSums } from './batch-sums.js';
import type { BatchSums } from './batch-sums.js';
import { examplesOf, rowsPerPass } from './examples.js';
import type { Examples } from './examples.js';
import { tasks } from './tasks.js';

/** Loss and accuracy of one model on a split. */
export interface Evaluation {
  /** Mean loss of the task over samples (cross entropies in nats). */
  readonly loss: number;
  /** Unweighted mean over batches of their mean loss: what the reference's trainer reports. Differs where the last batch is smaller. */
  readonly meanOfBatches: number;
  /**
   * In [0, 1]. Classification: share of samples whose largest logit is at the label. Multi-label: share of right decisions over samples and
   * classes, each taken at probability 1/2. Regression: NaN.
   */
  readonly accuracy: number;
}

/** Batches, task and whether several models are evaluated. */
export interface EvaluatorOptions {
  /** Rows per batch. Default 1000. */
  batch?: number;
  /** Of the data set. Default `classification`. */
  task?: Task | undefined;
  /** Of the data set; needed by networks on nodes. */
  graph?: Graph | undefined;
  /** Parameters and state have a leading axis [models]; constants do not. `map`: one model after the other, `vmap`: together. Default: one model. */
  population?: 'map' | 'vmap';
}

/** A compiled evaluation. */
export interface Evaluator {
  /** One result per model, in evaluation mode. */
  evaluate(variables: Variables, split: Split): Promise<Evaluation[]>;
  dispose(): void;
}

/** Compiles the evaluation of a network over a split; reuse it for splits of one size. */
export function createEvaluator(
  network: Network,
  { batch = 1000, task = 'classification', graph, population }: EvaluatorOptions = {},
): Evaluator {
  const program = jit(
    (moving: { params: Tensors; state: Tensors }, constants: Tensors, data: Examples): BatchSums => {
      const one = ({ params, state }: { params: Tensors; state: Tensors }): BatchSums =>
        batchSums(network, { params, state, constants }, data, { batch, task });
      if (population === undefined) return one(moving);
      return population === 'map' ? map(one, moving) : vmap(one)(moving);
    },
    { name: 'evaluate' },
  );
  return {
    async evaluate({ params, state, constants }, split) {
      const examples = examplesOf(network, split, graph);
      const rows = examples.inputs.shape[0]!;
      const sums = program({ params, state }, constants, examples);
      const [losses, correct] = await Promise.all([sums.loss.data(), sums.correct.data()]);
      const perModel = sums.loss.shape.at(-1)!;
      const models = population === undefined ? 1 : sums.loss.shape[0]!;
      tf.dispose([sums.loss, sums.correct]);
      return Array.from({ length: models }, (_, model) => {
        const mine = (all: ArrayLike<number>): number[] => Array.from({ length: perModel }, (__, at) => all[model * perModel + at]!);
        return summary(mine(losses), mine(correct), {
          samples: rows,
          batch: rowsPerPass(network, rows, batch),
          decisions: tasks[task].decisionsPerRow(examples.labels),
        });
      });
    },
    dispose: () => program.dispose(),
  };
}

/** Evaluates one model once. See {@link createEvaluator} for many. */
export async function evaluate(
  network: Network,
  variables: Variables,
  split: Split,
  options: Omit<EvaluatorOptions, 'population'> = {},
): Promise<Evaluation> {
  const evaluator = createEvaluator(network, options);
  try {
    return (await evaluator.evaluate(variables, split))[0]!;
  } finally {
    evaluator.dispose();
  }
}

function summary(
  losses: readonly number[],
  correct: readonly number[],
  { samples, batch, decisions }: { samples: number; batch: number; decisions: number },
): Evaluation {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const means = losses.map((loss, index) => loss / Math.min(batch, samples - index * batch));
  return { loss: sum(losses) / samples, meanOfBatches: sum(means) / means.length, accuracy: sum(correct) / (samples * decisions) };
}
