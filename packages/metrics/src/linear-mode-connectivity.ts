import { demand, evenly, type Network, type Split, type Variables } from '@basinlab/tensor';
import { accuracyBarrier, lossBarrier } from './barrier.js';
import { modelDistance, type ModelDistance } from './distance.js';
import { isLinear } from './linearity.js';
import { createMixtureEvaluator, type MixtureOptions, type PointLosses } from './mixture.js';

// Linear mode connectivity (LMC) of two models: loss and accuracy along the straight line between their variables, in evaluation mode.

/** Points of a path. */
export interface ConnectivityOptions extends MixtureOptions {
  /** Steps between the endpoints: steps + 1 points, evenly spaced. Default 8. */
  readonly steps?: number;
}

/** One split along the path; entry i belongs to lambda i. */
export type SplitPath = PointLosses;

/** A path on one split and its barriers. */
export interface SplitConnectivity extends SplitPath {
  /** See {@link accuracyBarrier}. NaN for regression. */
  readonly accuracyBarrier: number;
  /** See {@link lossBarrier}. */
  readonly lossBarrier: number;
  /** Whether the middle accuracy is within half a point of the endpoints' mean; never so for regression. */
  readonly linear: boolean;
}

/** How two models connect, by split. */
export interface Connectivity<S extends string = string> extends ModelDistance {
  /** Places of the points: the model there is (1 - lambda) a + lambda b. */
  readonly lambdas: readonly number[];
  readonly splits: Readonly<Record<S, SplitConnectivity>>;
}

/** Compiled evaluation of straight paths. */
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
  const { steps = 8, ...rest } = options;
  demand(Number.isInteger(steps) && steps > 0, 'linear-mode-connectivity', 'at least one step', steps);
  const lambdas = evenly(steps + 1);
  const evaluator = createMixtureEvaluator(network, rest);
  const path: ConnectivityEvaluator['path'] = (a, b, split) =>
    evaluator.evaluate(
      [a, b],
      lambdas.map((lambda) => [1 - lambda, lambda]),
      split,
    );

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
    dispose: () => evaluator.dispose(),
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
