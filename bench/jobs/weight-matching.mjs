import { keyFromSeed } from '@basinlab/core/random';
import { matchWeights } from '@basinlab/rebasin';

/** Two trained 784-512x3-10 networks, 10 restarts. */
export const weightMatchingJob = {
  name: 'weight-matching',
  baselines: ['scipy_jobs'],
  rounds: 3,
  prepare: async ({ networks, a, b }) => ({
    work: () => matchWeights(a.params, b.params, { specs: networks.standard.params, key: keyFromSeed(0), restarts: 10 }),
  }),
};
