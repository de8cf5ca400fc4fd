import { keyFromSeed, normal } from '@basinlab/core/random';
import { solveAssignment } from '@basinlab/rebasin';

/** Dense assignment of random normal costs. */
export const assignmentJobs = [512, 1024].map((size) => ({
  name: `lap-${size}`,
  baselines: ['scipy_jobs'],
  rounds: 25,
  async prepare() {
    const costs = Float64Array.from(normal(keyFromSeed(0), size * size));
    return { work: () => solveAssignment(costs, { rows: size, columns: size }) };
  },
}));
