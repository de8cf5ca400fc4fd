import * as tf from '@tensorflow/tfjs-core';
import type { Network, Split, Tensors, Variables } from '../contracts/index.js';
import { jit, map, vmap } from '../transforms/index.js';
import { batchSums } from './batch-sums.js';
import type { BatchSums } from './batch-sums.js';
import type { Batch } from './training-step.js';

export interface Evaluation {
  /** Mean cross entropy over samples, in nats. */
  readonly loss: number;
  /** Unweighted mean over batches of their mean cross entropy: what the reference's trainer reports. Differs where the last batch is smaller. */
  readonly meanOfBatches: number;
  /** Share of samples whose largest logit is at the label, in [0, 1]. */
  readonly accuracy: number;
}

export interface EvaluatorOptions {
  /** Rows per batch. Default 1000. */
  batch?: number;
  /** Parameters and state have a leading axis [models]; constants do not. `map`: one model after the other, `vmap`: together. Default: one model. */
  population?: 'map' | 'vmap';
}

export interface Evaluator {
  /** One result per model, in evaluation mode. */
  evaluate(variables: Variables, split: Split): Promise<Evaluation[]>;
  dispose(): void;
}

/** Compiles the evaluation of a network over a split; reuse it for splits of one size. */
export function createEvaluator(network: Network, { batch = 1000, population }: EvaluatorOptions = {}): Evaluator {
  const program = jit(
    (moving: { params: Tensors; state: Tensors }, constants: Tensors, data: Batch): BatchSums => {
      const one = ({ params, state }: { params: Tensors; state: Tensors }): BatchSums =>
        batchSums(network, { params, state, constants }, data, batch);
      if (population === undefined) return one(moving);
      return population === 'map' ? map(one, moving) : vmap(one)(moving);
    },
    { name: 'evaluate' },
  );
  return {
    async evaluate({ params, state, constants }, { inputs, labels }) {
      const sums = program({ params, state }, constants, { inputs, labels });
      const [losses, correct] = await Promise.all([sums.loss.data(), sums.correct.data()]);
      const perModel = sums.loss.shape.at(-1)!;
      const models = population === undefined ? 1 : sums.loss.shape[0]!;
      tf.dispose([sums.loss, sums.correct]);
      return Array.from({ length: models }, (_, model) => {
        const mine = (all: ArrayLike<number>): number[] => Array.from({ length: perModel }, (__, at) => all[model * perModel + at]!);
        return summary(mine(losses), mine(correct), inputs.shape[0]!, batch);
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
  options: { batch?: number } = {},
): Promise<Evaluation> {
  const evaluator = createEvaluator(network, options);
  try {
    return (await evaluator.evaluate(variables, split))[0]!;
  } finally {
    evaluator.dispose();
  }
}

function summary(losses: readonly number[], correct: readonly number[], samples: number, batch: number): Evaluation {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const means = losses.map((loss, index) => loss / Math.min(batch, samples - index * batch));
  return { loss: sum(losses) / samples, meanOfBatches: sum(means) / means.length, accuracy: sum(correct) / samples };
}
