import * as tf from '@tensorflow/tfjs-core';
import { demand, jit, map, vmap, type Network, type Split, type Variables } from '@basinlab/core';
import { batchSums, type BatchSums } from '@basinlab/core/training';
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
}

/** One split along the path; entry i belongs to lambda i. */
export interface SplitPath {
  /** Mean cross entropy over samples, in nats. */
  readonly loss: readonly number[];
  /** Percent of samples whose largest logit is at the label. */
  readonly accuracy: readonly number[];
}

export interface SplitConnectivity extends SplitPath {
  /** See {@link accuracyBarrier}. */
  readonly accuracyBarrier: number;
  /** See {@link lossBarrier}. */
  readonly lossBarrier: number;
  /** Whether the middle accuracy is within half a point of the endpoints' mean. */
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
 * @throws BasinlabError where there is not at least one step
 */
export function createConnectivityEvaluator(network: Network, options: ConnectivityOptions = {}): ConnectivityEvaluator {
  const { steps = 8, batch = 1000, strategy = 'map' } = options;
  demand(Number.isInteger(steps) && steps > 0, 'linear-mode-connectivity', 'at least one step', steps);
  const lambdas = evenly(steps + 1);
  const program = jit(
    (points: tf.Tensor, a: Moving, b: Moving, shared: Moving['constants'], inputs: tf.Tensor, labels: tf.Tensor): BatchSums => {
      const [left, right] = [a, b].map((side): Variables => ({ ...side, constants: { ...shared, ...side.constants } })) as [
        Variables,
        Variables,
      ];
      const at = (lambda: tf.Tensor): BatchSums => batchSums(network, interpolate(left, right, lambda), { inputs, labels }, batch);
      return strategy === 'map' ? map(at, points) : vmap(at)(points);
    },
    { name: 'linear-mode-connectivity' },
  );

  const path: ConnectivityEvaluator['path'] = async (a, b, { inputs, labels }) => {
    const points = tf.tensor1d(lambdas);
    const { shared, left, right } = separate(a, b);
    const sums = program(points, left, right, shared, inputs, labels);
    const [losses, correct] = await Promise.all([sums.loss.data(), sums.correct.data()]);
    tf.dispose([points, sums.loss, sums.correct]);
    const samples = inputs.shape[0]!;
    const perPoint = (values: ArrayLike<number>): number[] => {
      const batches = values.length / lambdas.length;
      return lambdas.map(
        (_, i) => Array.from({ length: batches }, (__, k) => values[i * batches + k]!).reduce((x, y) => x + y, 0) / samples,
      );
    };
    return { loss: perPoint(losses), accuracy: perPoint(correct).map((share) => 100 * share) };
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
