import { activationMatchingJob } from './activation-matching.mjs';
import { assignmentJobs } from './assignment.mjs';
import { connectivityJob } from './connectivity.mjs';
import { kernelJobs } from './ntk.mjs';
import { realizationCostJob, ridgeRealizationJob } from './realization-cost.mjs';
import { epochJob, populationJob, trainingStepJob } from './training.mjs';
import { weightMatchingJob } from './weight-matching.mjs';

/** { name, baselines: programs of bench/baselines, run(workload) -> { seconds, beside? } }; `beside` holds baselines measured on our side. */
export const jobs = [
  trainingStepJob,
  populationJob,
  epochJob,
  connectivityJob,
  ...assignmentJobs,
  weightMatchingJob,
  activationMatchingJob,
  realizationCostJob,
  ridgeRealizationJob,
  ...kernelJobs,
];
