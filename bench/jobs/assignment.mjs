import { keyFromSeed, normal } from '@basinlab/core/random';
import { solveAssignment } from '@basinlab/rebasin';
import { medianSeconds } from '../timing.mjs';

/** Dense assignment of random normal costs. */
export const assignmentJobs = [512, 1024].map((size) => ({
  name: `lap-${size}`,
  baselines: ['scipy_jobs'],
  async run() {
    const costs = Float64Array.from(normal(keyFromSeed(0), size * size));
    return { seconds: await medianSeconds(() => solveAssignment(costs, { rows: size, columns: size }), 5) };
  },
}));
