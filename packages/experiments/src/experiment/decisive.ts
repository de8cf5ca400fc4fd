import type { PopulationExecution } from '@basinlab/core/training';
import type { Experiment } from './schema.js';

/** The settings that decide what comes out: on how many devices models move does not where they take turns, and does where they move in stacks, whose last bits depend on their size. */
export function decisiveSettings(experiment: Experiment, execution: PopulationExecution | 'auto'): Experiment {
  return execution === 'vmap' ? experiment : { ...experiment, training: { ...experiment.training, devices: undefined } };
}
