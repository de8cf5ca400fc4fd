import { join } from 'node:path';
import { BasinlabError, type Executor, type Job, type JobStatus } from '@basinlab/core';
import { takeLock, thisProcess } from '@basinlab/core/store';
import { jobsFolder, writeJobs, type SubmittedJobs } from './job-folder.js';
import { checkOrder } from './order.js';

/** An executor with its options checked. */
export interface ChosenExecutor {
  readonly executor: Executor;
  readonly options: unknown;
}

/** Jobs, who does them, and who hears of them. */
export interface RunJobsOptions extends Omit<SubmittedJobs, 'executor' | 'submitter'>, ChosenExecutor {
  readonly signal: AbortSignal;
  /** Every change, with how all jobs stand that have been told of. */
  onStatus(changed: JobStatus, all: readonly JobStatus[]): void;
}

/**
 * Gives jobs to an executor and waits for them. Whatever a call before has done is not done again. Throws where a job fails, once nothing is left that could
 * be done, and where another process looks after the same jobs.
 */
export async function runJobs({ executor, options, signal, onStatus, ...list }: RunJobsOptions): Promise<void> {
  checkOrder(list.jobs);
  const chosen = { id: executor.id, options };
  const submitted: SubmittedJobs = { ...list, executor: chosen, submitter: thisProcess() };
  await writeJobs(submitted);
  const release = await takeLock(join(jobsFolder(list.folder), 'lock'));
  try {
    // Only now: another process may have had the jobs until here.
    await writeJobs(submitted);
    const statuses = await follow(executor.run(list, options, { jobs: list.atOnce, signal }), onStatus);
    demandDone(list.folder, list.jobs, statuses);
  } finally {
    await release();
  }
}

/** The states of jobs as they change, until none does. */
export function follow(
  events: ReturnType<Executor['run']>,
  onStatus: RunJobsOptions['onStatus'] = () => undefined,
): Promise<ReadonlyMap<string, JobStatus>> {
  const all = new Map<string, JobStatus>();
  return new Promise((resolve, reject) => {
    events.subscribe({
      next: (status) => {
        all.set(status.job, status);
        onStatus(status, [...all.values()]);
      },
      error: reject,
      complete: () => resolve(all),
    });
  });
}

/** Throws where a job was not done, naming those that failed by themselves. */
export function demandDone(folder: string, jobs: readonly Job[], statuses: ReadonlyMap<string, JobStatus>): void {
  const stand = jobs.map(({ id }): JobStatus => statuses.get(id) ?? { job: id, state: 'waiting', attempt: 0 });
  const left = stand.filter(({ state }) => state !== 'done');
  if (left.length === 0) return;
  const failed = left.filter(({ state }) => state === 'failed');
  const named = (failed.length > 0 ? failed : left).slice(0, 5).map(({ job, state, detail }) => `${job} (${detail ?? state})`);
  const more = failed.length > 5 ? `, and ${failed.length - 5} more` : '';
  throw new BasinlabError('jobs', `all ${jobs.length} to be done`, `${jobs.length - left.length}; ${named.join('; ')}${more}`, {
    remedy: `Logs: ${join(jobsFolder(folder), 'logs')}. Go on: basinlab jobs resume ${folder}`,
  });
}
