import type { Job } from '@basinlab/core';
import type { WorkOutcome } from './work.js';

/** A place of a pool at which one job is done at a time: a process that stays, or a command for each job. */
export interface Worker {
  /** Where it is: a process, a machine. */
  readonly where: string;
  /** Does a job; where it ends without a record of that, says how. */
  work(job: Job, onLine: (line: string) => void): Promise<WorkOutcome | { readonly crash: string }>;
  /** Whether it takes another job. */
  readonly alive: boolean;
  /** Ends it and whatever it does. */
  stop(): Promise<void>;
}
