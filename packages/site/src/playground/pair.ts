import type { Network, Split, Variables } from '@basinlab/core';
import {
  adam,
  cosine,
  createEpochTrainer,
  defineUpdateRule,
  disposePopulation,
  populationKeys,
  startPopulation,
  variablesOf,
} from '@basinlab/core/training';

// Two networks that differ in where they start and in the order of their data, and share their constants.

/** How long a pair trains, in epochs over 512 points. */
export const epochs = 25;

const batch = 128;
const learningRate = 0.02;

/** Two networks after some epochs of training. The receiver disposes the tensors. */
export interface TrainedPair {
  /** From 0, before the first step. */
  readonly epoch: number;
  readonly a: Variables;
  readonly b: Variables;
}

/** Trains two networks side by side and tells them after every epoch. It goes on when asked for the next, and ends early once aborted. */
export async function* trainPair(network: Network, data: Split, seed: number, signal: AbortSignal): AsyncGenerator<TrainedPair> {
  const updateRule = defineUpdateRule({ optimizer: adam, schedule: cosine, scheduleOptions: { length: epochs }, learningRate });
  const keys = populationKeys(seed, 2);
  const population = startPopulation(network, updateRule, keys, 'map');
  const trainer = createEpochTrainer({ network, updateRule, task: 'classification', data, batch, stacked: false });
  const now = (epoch: number): TrainedPair => {
    const [a, b] = variablesOf(population);
    return { epoch, a: a!, b: b! };
  };
  try {
    yield now(0);
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const group of population.groups) {
        const segments = trainer.run([group], population.constants, keys.models, epoch, signal);
        while ((await segments.next()).done !== true);
      }
      if (signal.aborted) return;
      yield now(epoch + 1);
    }
  } finally {
    trainer.dispose();
    disposePopulation(population);
  }
}
