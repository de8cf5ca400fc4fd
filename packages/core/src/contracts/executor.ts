import type { Observable } from 'rxjs';
import type { ZodType } from 'zod';

/** A piece of work for any process that sees the run store: a command line of basinlab, which does nothing twice and leaves its results there. */
export interface Job {
  /** Unique in its list, and a file's name: `train.fixedScale=0`. */
  readonly id: string;
  /** Kinds of work may be given different resources. */
  readonly kind: 'train' | 'measure' | 'report';
  /** What follows `basinlab`. */
  readonly args: readonly string[];
  /** Ids of jobs that have to be done before. */
  readonly after: readonly string[];
}

/** Jobs of one sweep or reproduction. */
export interface JobList {
  /** Folder of the sweep or reproduction; the jobs' states are kept in `jobs` below it. Absolute, and the same on every machine. */
  readonly folder: string;
  /** Working folder of the command lines. */
  readonly cwd: string;
  /** How basinlab is started: a program and its first arguments. */
  readonly command: readonly string[];
  /** Jobs stand after those that they wait for. */
  readonly jobs: readonly Job[];
}

/** `waiting` for other jobs, `queued` for a place, `cancelled` by someone or because a job before it has failed. */
export type JobState = 'waiting' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** How a job stands. */
export interface JobStatus {
  readonly job: string;
  readonly state: JobState;
  /** How often it has been started. */
  readonly attempt: number;
  /** Process, machine or number in a queue. */
  readonly where?: string;
  /** Last line of progress, or why it failed. */
  readonly detail?: string;
}

/** How all jobs of a list stand at one moment. */
export interface JobsLook {
  readonly statuses: readonly JobStatus[];
  /** Whether nothing more will happen by itself, although jobs are left. */
  readonly ended: boolean;
}

/** What every executor is told beside its options. */
export interface ExecutorContext {
  /** At most so many jobs at once. */
  readonly jobs: number;
  /** Stops the work; jobs that a queue has taken stay in it. */
  readonly signal: AbortSignal;
}

/** A way to run jobs: processes of this machine, the queue of a cluster, a service of your own. */
export interface Executor<O = unknown> {
  readonly id: string;
  readonly summary: string;
  readonly options: ZodType<O>;
  /**
   * Starts whatever is not done and tells every change of a job's state, until none can change any more. A failed job is a status, not an error;
   * jobs that wait for it are cancelled.
   */
  run(list: JobList, options: O, context: ExecutorContext): Observable<JobStatus>;
  /** How jobs stand that any process has given to it. Starts nothing. */
  look(list: JobList, options: O): Promise<JobsLook>;
  /** Stops what runs and takes the rest out of the queue. */
  cancel(list: JobList, options: O): Promise<void>;
}
