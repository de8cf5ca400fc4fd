import * as tf from '@tensorflow/tfjs-core';
import {
  demand,
  jit,
  map,
  mixTrees,
  mixtures,
  vmap,
  type Graph,
  type Network,
  type Split,
  type Task,
  type Tensors,
  type TensorTree,
  type Variables,
} from '@basinlab/tensor';
import { examplesOf, mapBatches, recomputedState, rowSums, tasks, type BatchSums, type Examples } from '@basinlab/tensor/evaluation';

// Models in between: the sum of several models' variables with weights that add up to 1. On a line through two of them these are the points of linear
// mode connectivity, between three or more those of a simplex, with weights below 0 or above 1 those of a plane.

/** Batches, task, running statistics and how points share the machine. */
export interface MixtureOptions {
  /** Rows per batch. Default 1000; of texts, with a label at every position, as many as have about 1000 positions. */
  readonly batch?: number;
  /** How points share the machine: `map` one after the other (CPU), `vmap` together (GPU). Default `map`. */
  readonly execution?: 'map' | 'vmap';
  /** Of the data set. Default `classification`. */
  readonly task?: Task | undefined;
  /** Of the data set; needed by networks on nodes. */
  readonly graph?: Graph | undefined;
  /**
   * Running statistics of the points: `interpolate` those of the models (the default, as the reference does), or `recompute` them at every
   * point from `statisticsOf`, batch by batch of `batch` rows (REPAIR's reset, arXiv 2211.08403).
   */
  readonly statistics?: 'interpolate' | 'recompute';
  /** The split, of the training set as a rule, from whose inputs statistics are recomputed. */
  readonly statisticsOf?: Split;
}

/** Loss and accuracy at every point. */
export interface PointLosses {
  /** Mean loss of the task over samples (cross entropies in nats). */
  readonly loss: readonly number[];
  /** Percent of right decisions: of samples whose largest logit is at the label, of classes for multi-label. NaN for regression. */
  readonly accuracy: readonly number[];
}

const BATCH = 1000;

/** Compiled evaluation of weighted means of models. */
export interface MixtureEvaluator {
  /** `weights` [points][models], each point's summing to 1; one program for every number of points, models and rows. */
  evaluate(models: readonly Variables[], weights: readonly (readonly number[])[], split: Split): Promise<PointLosses>;
  /** Releases the compiled programs. */
  dispose(): void;
}

/**
 * The model sum_i weights[i] models[i]: parameters, state (running statistics) and those constants that the models do not share. Integer entries are
 * the first model's. `weights` [models] is a tensor, so that a compiled program serves every point.
 */
export function mixture(models: readonly Variables[], weights: tf.Tensor): Variables {
  for (const part of ['params', 'state', 'constants'] as const) {
    const names = Object.keys(models[0]?.[part] ?? {});
    const missing = names.find((name) => models.some((model) => model[part][name] === undefined));
    demand(missing === undefined, 'mixture', `a tensor ${missing} in every model`, 'none');
  }
  return mixTrees(
    models.map(({ params, state, constants }): Parts => ({ params, state, constants })),
    weights,
  );
}

/** A whole model as a tree of tensors. */
type Parts = { params: Tensors; state: Tensors; constants: Tensors };

/**
 * Compiles the evaluation of mixtures of a network's models.
 * @throws BasinlabError where there is nothing to recompute statistics from
 */
export function createMixtureEvaluator(network: Network, options: MixtureOptions = {}): MixtureEvaluator {
  const { execution = 'map', task = 'classification', graph, statistics = 'interpolate', statisticsOf } = options;
  demand(
    statistics === 'interpolate' || statisticsOf !== undefined,
    'mixture',
    'statisticsOf, the split to recompute statistics from',
    'none',
  );
  const source = statistics === 'recompute' ? statisticsOf : undefined;
  const program = jit(
    (points: tf.Tensor, own: Variables[], shared: Tensors, examples: Examples, seen: Examples[]): BatchSums => {
      const batch = options.batch ?? batchOf(task, examples.labels);
      const models = own.map(({ constants, ...model }): Parts => ({ ...model, constants: { ...shared, ...constants } }));
      const atPoints = <X extends TensorTree, Y extends TensorTree>(f: (x: X) => Y, xs: X): Y =>
        execution === 'map' ? map(f, xs) : vmap(f)(xs);
      // Statistics are of all the data: they are there before the first batch is looked at.
      const states = seen.map((data) => atPoints((weights) => recomputedState(network, mixture(models, weights), data, { batch }), points));
      return mapBatches(network, examples, batch, (part) => {
        const sums = (model: Parts, ...[state = model.state]: Tensors[]): BatchSums => rowSums(network, { ...model, state }, part, task);
        const at =
          points.shape[0]! > models.length
            ? mixtures(sums, models)
            : (weights: tf.Tensor, ...given: Tensors[]) => sums(mixTrees(models, weights), ...given);
        return atPoints(({ weights, given }) => at(weights, ...given), { weights: points, given: states });
      });
    },
    { name: 'mixture' },
  );
  return {
    async evaluate(models, weights, split) {
      demandWeights(models, weights);
      const examples = examplesOf(network, split, graph);
      const seen = source === undefined ? [] : [examplesOf(network, source, graph)];
      const points = tf.tensor2d(weights.map((row) => [...row]));
      const { shared, own } = separate(models);
      const sums = program(points, own, shared, examples, seen);
      const [losses, correct] = await Promise.all([sums.loss.data(), sums.correct.data()]);
      tf.dispose([points, sums.loss, sums.correct]);
      const samples = examples.inputs.shape[0]!;
      const decisions = tasks[task].decisionsPerRow(examples.labels);
      const perPoint = (values: ArrayLike<number>): number[] => {
        const [count, batches] = [weights.length, values.length / weights.length];
        return weights.map(
          (_, i) => Array.from({ length: batches }, (__, k) => values[k * count + i]!).reduce((x, y) => x + y, 0) / samples,
        );
      };
      return { loss: perPoint(losses), accuracy: perPoint(correct).map((share) => (100 * share) / decisions) };
    },
    dispose: () => program.dispose(),
  };
}

/** What is held of one batch is as large for texts as for rows with one label. */
function batchOf(task: Task, { shape }: tf.Tensor): number {
  const isText = task === 'next-token' || task === 'masked-tokens';
  return isText ? Math.max(1, Math.round(BATCH / shape[1]!)) : BATCH;
}

function demandWeights(models: readonly Variables[], weights: readonly (readonly number[])[]): void {
  demand(models.length > 0, 'mixture', 'at least one model', models.length);
  demand(weights.length > 0, 'mixture', 'at least one point', weights.length);
  for (const row of weights) {
    demand(row.length === models.length, 'mixture', `${models.length} weights per point, one per model`, row.length);
    const sum = row.reduce((total, weight) => total + weight, 0);
    demand(Math.abs(sum - 1) < 1e-6, 'mixture', 'weights that add up to 1', sum);
  }
}

/** Constants that all models hold as one tensor go into the program once and are not mixed. */
function separate(models: readonly Variables[]): { shared: Tensors; own: Variables[] } {
  const isShared = ([name, tensor]: [string, tf.Tensor]): boolean => models.every(({ constants }) => constants[name] === tensor);
  return {
    shared: Object.fromEntries(Object.entries(models[0]!.constants).filter(isShared)),
    own: models.map(({ params, state, constants }) => ({
      params,
      state,
      constants: Object.fromEntries(Object.entries(constants).filter((entry) => !isShared(entry))),
    })),
  };
}
