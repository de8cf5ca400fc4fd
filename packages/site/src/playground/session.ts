import type { Network, SymmetryTransform, Variables } from '@basinlab/core';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { createConnectivityEvaluator } from '@basinlab/metrics/linear-mode-connectivity';
import { applyTransform, matchWeights } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { curveOf, lambdas, type Curve } from './curve.js';
import { decisionsOn, gridInputs } from './grid.js';
import { trainPair } from './pair.js';
import { spirals, splitOf, type Points } from './spirals.js';

/** The line between the networks as trained, or between A and B with its neurons moved onto A's. */
export type Line = 'trained' | 'aligned';

/** What aligning did. */
export interface Alignment {
  readonly curve: Curve;
  /** Hidden neurons of B that changed places. */
  readonly moved: number;
  /** Whether network B computes something else after its neurons were moved: their exchange is no symmetry of it. */
  readonly changed: boolean;
}

/** Two networks. */
export interface Pair {
  readonly a: Variables;
  readonly b: Variables;
}

/** One pair of networks from its seed on. All tensors belong to it until `dispose`. */
export interface Session {
  /** Points whose loss is drawn. */
  readonly test: Points;
  /** Trains, and tells the curve after every epoch (from 0). */
  train(signal: AbortSignal): AsyncGenerator<{ readonly epoch: number; readonly curve: Curve }>;
  /** Weight matching of the networks in their standard form, in which what was fixed is a weight like any other. */
  align(): Promise<Alignment>;
  /** The networks at the ends of a line; their tensors stay the session's. */
  ends(line: Line): Pair;
  /** See `decisionsOn`. */
  decisions(line: Line, lambda: number): Promise<Float32Array>;
  dispose(): void;
}

/** Loss that rounding may add; above it a moved network is another function. */
const rounding = 1e-3;

/** Prepares data and networks; seeds are whole numbers. */
export function createSession(network: Network, seed: number): Session {
  const key = keyFromSeed(seed);
  const test = spirals(childKey(key, 'test'), 512);
  const splits = { train: splitOf(spirals(childKey(key, 'train'), 512)), test: splitOf(test) };
  const grid = gridInputs();
  const evaluatorOf = (of: Network) => createConnectivityEvaluator(of, { steps: lambdas.length - 1 });
  const [raw, standard] = [evaluatorOf(network), evaluatorOf(network.standard)];
  let pair: Pair | undefined;
  let standardPair: Pair | undefined;
  const ends = (line: Line): Pair => {
    const found = line === 'trained' ? pair : standardPair;
    if (found === undefined) throw new Error(`session: networks that are ${line}, got none yet`);
    return found;
  };

  return {
    test,
    async *train(signal) {
      for await (const { epoch, a, b } of trainPair(network, splits.train, seed, signal)) {
        release(pair, true);
        pair = { a, b };
        yield { epoch, curve: curveOf(await raw.path(a, b, splits.test)) };
      }
    },
    async align() {
      const { a, b } = ends('trained');
      release(standardPair);
      const [first, second] = [standardForm(network, a), standardForm(network, b)];
      const specs = network.standard.params;
      const { transform } = await matchWeights(first.params, second.params, { specs, key: childKey(key, 'matching') });
      standardPair = { a: first, b: { ...second, params: applyTransform(specs, second.params, transform) } };
      tf.dispose(second.params);
      const [before, after] = [await raw.path(a, b, splits.test), await standard.path(first, standardPair.b, splits.test)];
      return {
        curve: curveOf(after),
        moved: movedUnits(transform),
        changed: Math.abs(after.loss.at(-1)! - before.loss.at(-1)!) > rounding,
      };
    },
    ends,
    decisions(line, lambda) {
      const { a, b } = ends(line);
      return decisionsOn(line === 'trained' ? network : network.standard, a, b, lambda, grid);
    },
    dispose() {
      for (const evaluator of [raw, standard]) evaluator.dispose();
      release(pair, true);
      release(standardPair);
      tf.dispose([grid, ...Object.values(splits).flatMap(({ inputs, labels }) => [inputs, labels])]);
    },
  };
}

/** Effective weights as tensors of their own, and the gates that networks of both forms share. */
const standardForm = (network: Network, variables: Variables): Variables =>
  tf.tidy(() => {
    const { params, state, constants } = network.toStandard(variables);
    return { params: Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tf.clone(tensor)])), state, constants };
  });

const movedUnits = (transform: SymmetryTransform): number =>
  Object.values(transform).reduce((sum, element) => {
    return sum + (element.kind === 'permutation' ? element.indices.filter((from, to) => from !== to).length : 0);
  }, 0);

/** Both models hold the same constants; those of the standard form are the trained pair's. */
function release(pair: Pair | undefined, constants = false): void {
  if (pair !== undefined) tf.dispose([pair.a.params, pair.b.params, constants ? pair.a.constants : {}]);
}
