import type { Job, JobList, JobsLook, JobState, JobStatus } from '@basinlab/core';
import { Observable } from 'rxjs';
import { setTimeout as delay } from 'node:timers/promises';
import { readRecords, statusOf, type JobRecord } from './job-folder.js';
import { blameOf, isSettled, stateBefore } from './order.js';

/** How every job stands by its records alone; what has not begun follows from what it waits for. */
export function statusesOf(jobs: readonly Job[], records: ReadonlyMap<string, JobRecord>): JobStatus[] {
  const states = new Map<string, JobState>();
  const stateOf = (id: string): JobState => states.get(id)!;
  return jobs.map((job) => {
    const record = records.get(job.id);
    const before = stateBefore(job, stateOf);
    const state = record === undefined || (record.state === 'queued' && before === 'cancelled') ? before : record.state;
    states.set(job.id, state);
    if (record?.state === state) return statusOf(job.id, record);
    return { job: job.id, state, attempt: record?.attempt ?? 0, ...(state === 'cancelled' ? { detail: blameOf(job, stateOf) } : {}) };
  });
}

/** How jobs stand by their records, and whether whoever worked on them has gone: what ran then runs no more. */
export async function lookAtRecords(list: JobList, abandoned: () => Promise<boolean>): Promise<JobsLook> {
  const ended = await abandoned();
  // After the question: a process that has ended meanwhile has written everything.
  const statuses = statusesOf(list.jobs, await readRecords(list.folder, list.jobs));
  const detail = 'its process has ended; basinlab jobs resume';
  return { ended, statuses: statuses.map((one) => (ended && one.state === 'running' ? { ...one, state: 'queued', detail } : one)) };
}

/** Looks again and again and tells every state once and then what is new, until all is settled or nothing more will happen. */
export function watchJobs(look: () => Promise<JobsLook>, signal: AbortSignal, pause = 1000): Observable<JobStatus> {
  return new Observable((subscriber) => {
    const told = new Map<string, string>();
    const follow = async (): Promise<void> => {
      for (;;) {
        const { statuses, ended } = await look();
        if (subscriber.closed) return;
        for (const status of statuses) {
          const text = JSON.stringify(status);
          if (told.get(status.job) === text) continue;
          told.set(status.job, text);
          subscriber.next(status);
        }
        if (ended || statuses.every(({ state }) => isSettled(state))) return;
        await delay(pause, undefined, { signal });
      }
    };
    follow().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(signal.aborted ? signal.reason : error),
    );
  });
}
