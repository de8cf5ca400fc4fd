import { activationMatchingJob } from './activation-matching.mjs';
import { assignmentJobs } from './assignment.mjs';
import { connectivityJobs } from './connectivity.mjs';
import { eagerJobs } from './eager.mjs';
import { kernelJobs } from './ntk.mjs';
import { realizationCostJob, ridgeRealizationJob } from './realization-cost.mjs';
import { epochJob, populationJob, trainingStepJob } from './training.mjs';
import { syntheticJob } from './synthetic.mjs';
import { transformerJobs } from './transformers.mjs';
import { weightMatchingJob } from './weight-matching.mjs';

/**
 * { name, baselines: programs of bench/baselines, ... } and either `prepare(workload) -> { work, count?, beside?, file?, end? }`, whose `work` takes turns with
 * the baselines and with the calls in `beside`, or `run(workload) -> { seconds, beside? }`; `beside` holds baselines on our side.
 */
export const jobs = [
  trainingStepJob,
  populationJob,
  epochJob,
  ...connectivityJobs,
  ...assignmentJobs,
  weightMatchingJob,
  activationMatchingJob,
  realizationCostJob,
  ridgeRealizationJob,
  ...kernelJobs,
  syntheticJob,
  ...transformerJobs,
  ...eagerJobs,
];
