import { keyFromSeed } from '@basinlab/core/random';
import { matchWeights } from '@basinlab/rebasin';
import { medianSeconds, withPeakMegabytes } from '../timing.mjs';

/** Two trained 784-512x3-10 networks, 10 restarts. */
export const weightMatchingJob = {
  name: 'weight-matching',
  baselines: ['scipy_jobs'],
  run: ({ networks, a, b }) =>
    withPeakMegabytes(async () => ({
      seconds: await medianSeconds(
        () => matchWeights(a.params, b.params, { specs: networks.standard.params, key: keyFromSeed(0), restarts: 10 }),
        1,
      ),
    })),
};
