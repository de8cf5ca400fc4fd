import type { Executor } from '@basinlab/core';
import { localExecutor } from './local/local.js';
import { slurmExecutor } from './slurm/slurm.js';

/** Ways to run jobs. */
export const builtinExecutors: readonly Executor[] = [localExecutor as Executor, slurmExecutor as Executor];
