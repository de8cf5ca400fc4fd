import * as tf from '@tensorflow/tfjs-core';
import { demand, jit, map, vmap, type Graph, type Network, type Split, type Task, type Variables } from '@basinlab/core';
import { batchSums, examplesOf, recomputedState, tasks, type BatchSums, type Examples } from '@basinlab/core/training';
import { accuracyBarrier, evenly, lossBarrier } from './barrier.js';
import { modelDistance, type ModelDistance } from './distance.js';
import { interpolate } from './interpolation.js';
import { isLinear } from './linearity.js';

// Linear mode connectivity (LMC) of two models: loss and accuracy along the straight line between their variables, in evaluation mode.

export interface ConnectivityOptions {
  /** Steps between the endpoints: steps + 1 points, evenly spaced. Default 8. */
  readonly steps?: number;
  /** Rows per batch. Default 1000. */
  readonly batch?: number;
  /** How points share the machine: `map` one after the other (CPU), `vmap` together (GPU). Default `map`. */
  readonly strategy?: 'map' | 'vmap';
  /** Of the data set. Default `classification`. */
  readonly task?: Task | undefined;
  /** Of the data set; needed by networks on nodes. */
  readonly graph?: Graph | undefined;
  /**
   * Running statistics of the points: `interpolate` those of the endpoints (the default, as the reference does), or `recompute` them at every
   * point from `statisticsOf`, batch by batch of `batch` rows (REPAIR's reset, arXiv 2211.08403).
   */
  readonly statistics?: 'interpolate' | 'recompute';
  /** The split, of the training set as a rule, from whose inputs statistics are recomputed. */
  readonly statisticsOf?: Split;
}

/** One split along the path; entry i belongs to lambda i. */
export interface SplitPath {
  /** Mean loss of the task over samples (cross entropies in nats). */
  readonly loss: readonly number[];
  /** Percent of right decisions: of samples whose largest logit is at the label, of classes for multi-label. NaN for regression. */
  readonly accuracy: readonly number[];
}

export interface SplitConnectivity extends SplitPath {
  /** See {@link accuracyBarrier}. NaN for regression. */
  readonly accuracyBarrier: number;
  /** See {@link lossBarrier}. */
  readonly lossBarrier: number;
  /** Whether the middle accuracy is within half a point of the endpoints' mean; never so for regression. */
  readonly linear: boolean;
}

export interface Connectivity<S extends string = string> extends ModelDistance {
  /** Places of the points: the model there is (1 - lambda) a + lambda b. */
  readonly lambdas: readonly number[];
  readonly splits: Readonly<Record<S, SplitConnectivity>>;
}

export interface ConnectivityEvaluator {
  /** Loss and accuracy along the path from `a` to `b` on one split. */
  path(a: Variables, b: Variables, split: Split): Promise<SplitPath>;
  /** Everything about one pair on any number of splits. */
  measure<S extends string>(a: Variables, b: Variables, splits: Readonly<Record<S, Split>>): Promise<Connectivity<S>>;
  /** Releases the compiled programs. */
  dispose(): void;
}

/**
 * Compiles the evaluation of straight paths between models of one network: one program for every size of split, whatever the pairs.
 * @throws BasinlabError where there is not at least one step, or nothing to recompute statistics from
 */
export function createConnectivityEvaluator(network: Network, options: ConnectivityOptions = {}): ConnectivityEvaluator {
  const { steps = 8, batch = 1000, strategy = 'map', task = 'classification', graph, statistics = 'interpolate', statisticsOf } = options;
  demand(Number.isInteger(steps) && steps > 0, 'linear-mode-connectivity', 'at least one step', steps);
  demand(
    statistics === 'interpolate' || statisticsOf !== undefined,
    'linear-mode-connectivity',
    'statisticsOf, the split to recompute statistics from',
    'none',
  );
  const source = statistics === 'recompute' ? statisticsOf : undefined;
  const lambdas = evenly(steps + 1);
  const program = jit(
    (points: tf.Tensor, a: Moving, b: Moving, shared: Moving['constants'], examples: Examples, seen: Examples[]): BatchSums => {
      const [left, right] = [a, b].map((side): Variables => ({ ...side, constants: { ...shared, ...side.constants } })) as [
        Variables,
        Variables,
      ];
      const at = (lambda: tf.Tensor): BatchSums => {
        const mixed = interpolate(left, right, lambda);
        const [first] = seen;
        const model = first === undefined ? mixed : { ...mixed, state: recomputedState(network, mixed, first, { batch }) };
        return batchSums(network, model, examples, { batch, task });
      };
      return strategy === 'map' ? map(at, points) : vmap(at)(points);
    },
    { name: 'linear-mode-connectivity' },
  );

  const path: ConnectivityEvaluator['path'] = async (a, b, split) => {
    const examples = examplesOf(network, split, graph);
    const seen = source === undefined ? [] : [examplesOf(network, source, graph)];
    const points = tf.tensor1d(lambdas);
    const { shared, left, right } = separate(a, b);
    const sums = program(points, left, right, shared, examples, seen);
    const [losses, correct] = await Promise.all([sums.loss.data(), sums.correct.data()]);
    tf.dispose([points, sums.loss, sums.correct]);
    const samples = examples.inputs.shape[0]!;
    const decisions = tasks[task].decisionsPerRow(examples.labels);
    const perPoint = (values: ArrayLike<number>): number[] => {
      const batches = values.length / lambdas.length;
      return lambdas.map(
        (_, i) => Array.from({ length: batches }, (__, k) => values[i * batches + k]!).reduce((x, y) => x + y, 0) / samples,
      );
    };
    return { loss: perPoint(losses), accuracy: perPoint(correct).map((share) => (100 * share) / decisions) };
  };

  return {
    path,
    async measure<S extends string>(a: Variables, b: Variables, splits: Readonly<Record<S, Split>>) {
      const measured: [string, SplitConnectivity][] = [];
      for (const [name, split] of Object.entries<Split>(splits)) {
        const { loss, accuracy } = await path(a, b, split);
        const summary = { accuracyBarrier: accuracyBarrier(accuracy), lossBarrier: lossBarrier(loss), linear: isLinear(accuracy) };
        measured.push([name, { loss, accuracy, ...summary }]);
      }
      return { lambdas, splits: Object.fromEntries(measured) as Record<S, SplitConnectivity>, ...(await modelDistance(a, b)) };
    },
    dispose: () => program.dispose(),
  };
}

/** Measures one pair once. See {@link createConnectivityEvaluator} for many. */
export async function linearModeConnectivity<S extends string>(
  network: Network,
  a: Variables,
  b: Variables,
  splits: Readonly<Record<S, Split>>,
  options: ConnectivityOptions = {},
): Promise<Connectivity<S>> {
  const evaluator = createConnectivityEvaluator(network, options);
  try {
    return await evaluator.measure(a, b, splits);
  } finally {
    evaluator.dispose();
  }
}

type Moving = { params: Variables['params']; state: Variables['state']; constants: Variables['constants'] };

/** Constants that both models hold as one tensor go into the program once and are not interpolated. */
function separate(a: Variables, b: Variables): { shared: Variables['constants']; left: Moving; right: Moving } {
  const isShared = ([name, tensor]: [string, tf.Tensor]): boolean => a.constants[name] === tensor && b.constants[name] === tensor;
  const own = ({ params, state, constants }: Variables): Moving => ({
    params,
    state,
    constants: Object.fromEntries(Object.entries(constants).filter((entry) => !isShared(entry))),
  });
  return { shared: Object.fromEntries(Object.entries(a.constants).filter(isShared)), left: own(a), right: own(b) };
}
