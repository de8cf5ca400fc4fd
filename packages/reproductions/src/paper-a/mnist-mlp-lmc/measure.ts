import * as tf from '@tensorflow/tfjs-core';
import type { LoadedDataset, Network, Variables } from '@basinlab/core';
import { childKey, keyFromSeed } from '@basinlab/core/random';
import { createConnectivityEvaluator, type ConnectivityEvaluator } from '@basinlab/metrics';
import { activationMatching, weightMatching } from '@basinlab/rebasin';
import { alignPair, standardVariables, stopIfInterrupted } from '@basinlab/experiments';
import type { alignments, MnistMlpLmcConfig } from './config.js';
import type { PairBarrier, PathPoint, PopulationId } from './results.js';

type Alignment = (typeof alignments)[number];

export interface PopulationMeasurement {
  readonly paths: readonly PathPoint[];
  readonly barriers: readonly PairBarrier[];
}

export interface MeasureOptions {
  readonly id: PopulationId;
  readonly network: Network;
  readonly models: readonly Variables[];
  readonly data: LoadedDataset;
  readonly config: MnistMlpLmcConfig;
  /** How points share the machine. */
  readonly strategy: 'map' | 'vmap';
  readonly signal: AbortSignal;
  /** Called after each path. */
  measured(done: number, total: number): void;
}

/** Models (1,2), (3,4), ...: positions of each pair. */
export function pairsOf(models: number): [number, number][] {
  return Array.from({ length: Math.floor(models / 2) }, (_, pair) => [2 * pair, 2 * pair + 1]);
}

/**
 * Linear mode connectivity of every pair of a population, as it is and aligned. All networks are measured in standard form (fixed weights
 * absorbed): straight lines between effective weights are those between raw weights, because the fixed part is shared.
 */
export async function measurePopulation(options: MeasureOptions): Promise<PopulationMeasurement> {
  const { network, models, config, strategy, signal } = options;
  const evaluator = createConnectivityEvaluator(network.standard, { steps: config.measure.points - 1, strategy });
  const pairs = pairsOf(models.length);
  const total = pairs.length * config.measure.alignments.length;
  const results: PopulationMeasurement[] = [];
  try {
    for (const [first, second] of pairs) {
      const a = standardVariables(network, models[first]!);
      const b = standardVariables(network, models[second]!);
      try {
        for (const alignment of config.measure.alignments) {
          stopIfInterrupted(signal);
          results.push(await measurePair(options, evaluator, alignment, a, b, `${first + 1}-${second + 1}`));
          options.measured(results.length, total);
        }
      } finally {
        tf.dispose([a, b] as unknown as tf.TensorContainer);
      }
    }
  } finally {
    evaluator.dispose();
  }
  return { paths: results.flatMap((result) => result.paths), barriers: results.flatMap((result) => result.barriers) };
}

async function measurePair(
  options: MeasureOptions,
  evaluator: ConnectivityEvaluator,
  alignment: Alignment,
  a: Variables,
  b: Variables,
  pair: string,
): Promise<PopulationMeasurement> {
  const { id, data, config } = options;
  const moved = alignment === 'none' ? b : await align(options, alignment, a, b, pair);
  const { lambdas, splits } = await evaluator.measure(
    a,
    moved,
    Object.fromEntries(config.measure.splits.map((split) => [split, data[split]])),
  );
  if (moved !== b) tf.dispose([moved.params, moved.state]);
  const measured = Object.entries(splits);
  return {
    paths: measured.flatMap(([split, { loss, accuracy }]) =>
      lambdas.map((lambda, i) => ({ ...id, alignment, pair, split, lambda, accuracy: accuracy[i]!, loss: loss[i]! })),
    ),
    barriers: measured.map(([split, { accuracyBarrier, lossBarrier }]) => ({
      ...id,
      alignment,
      pair,
      split,
      accuracy: accuracyBarrier,
      loss: lossBarrier,
    })),
  };
}

async function align(
  { network, data, config, signal }: MeasureOptions,
  alignment: Exclude<Alignment, 'none'>,
  a: Variables,
  b: Variables,
  pair: string,
): Promise<Variables> {
  const samples = Math.min(config.measure.activationSamples, data.train.inputs.shape[0]!);
  const inputs = tf.slice(data.train.inputs, 0, samples);
  try {
    const { aligned } = await alignPair({
      network: network.standard,
      a,
      b,
      strategy: alignment === 'weight-matching' ? weightMatching({ restarts: config.measure.restarts }) : activationMatching(),
      inputs,
      key: childKey(keyFromSeed(config.seed), `${alignment} ${pair}`),
      signal,
    });
    return aligned;
  } finally {
    inputs.dispose();
  }
}
