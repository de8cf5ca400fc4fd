import type { LoadedDataset, Network, Variables } from '@basinlab/core';
import { strategyFor } from '@basinlab/core/training';
import { createConnectivityEvaluator } from '@basinlab/metrics';
import * as tf from '@tensorflow/tfjs-core';
import { standardVariables } from './standard-variables.js';

/** Barriers between two models as they are, on the test data. */
export interface PairBarrier {
  readonly pair: string;
  /** Percent of the better end; at most 0. */
  readonly accuracy: number;
  /** In the unit of the loss; at least 0 where the path rises above its chord. */
  readonly loss: number;
}

export interface BarrierOptions {
  readonly network: Network;
  /** Paired (1, 2), (3, 4), ... */
  readonly models: readonly Variables[];
  readonly data: LoadedDataset;
  /** On the path, both ends included. */
  readonly points: number;
  readonly platform: string;
}

/** Barriers of the pairs of a population, without alignment. */
export async function measureBarriers({ network, models, data, points, platform }: BarrierOptions): Promise<readonly PairBarrier[]> {
  const evaluator = createConnectivityEvaluator(network.standard, {
    steps: points - 1,
    strategy: strategyFor(platform),
    task: data.task,
    graph: data.graph,
  });
  const barriers: PairBarrier[] = [];
  try {
    for (let first = 0; first + 1 < models.length; first += 2) {
      const ends = [models[first]!, models[first + 1]!].map((model) => standardVariables(network, model));
      const { splits } = await evaluator.measure(ends[0]!, ends[1]!, { test: data.test });
      tf.dispose(ends as unknown as tf.TensorContainer);
      barriers.push({ pair: `${first + 1}-${first + 2}`, accuracy: splits.test.accuracyBarrier, loss: splits.test.lossBarrier });
    }
    return barriers;
  } finally {
    evaluator.dispose();
  }
}
