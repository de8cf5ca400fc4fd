import type { Job, JobState, JobStatus } from '@basinlab/core';
import type { JobRecord } from './job-folder.js';
import { blameOf, checkOrder, isSettled, stateBefore } from './order.js';

/** Jobs with their states: what can be taken, and what became of it. */
export interface Board {
  /** The next job that nothing stands in the way of, once there is one; null when there will be none any more. */
  take(): Promise<Job | null>;
  /** Notes a change of a taken job: `queued` gives it back. */
  set(status: JobStatus): void;
  /** From now on there is nothing to take. */
  close(): void;
}

/** A board on which all but finished jobs stand anew; `tell` hears of every state, also of the first ones. */
export function createBoard(jobs: readonly Job[], records: ReadonlyMap<string, JobRecord>, tell: (status: JobStatus) => void): Board {
  checkOrder(jobs);
  const states = new Map<string, JobState>();
  const attempts = new Map<string, number>();
  const stateOf = (id: string): JobState => states.get(id)!;
  const note = (status: JobStatus): void => {
    states.set(status.job, status.state);
    attempts.set(status.job, status.attempt);
    tell(status);
  };
  /** Lets everything that has not begun follow from what is known. */
  const settle = (): void => {
    for (const job of jobs) {
      const now = states.get(job.id);
      if (now !== undefined && now !== 'waiting') continue;
      const state = stateBefore(job, stateOf);
      if (state === now) continue;
      const detail = state === 'cancelled' ? { detail: blameOf(job, stateOf) } : {};
      note({ job: job.id, state, attempt: attempts.get(job.id) ?? 0, ...detail });
    }
  };
  for (const { id } of jobs) {
    const record = records.get(id);
    if (record?.state === 'done') note({ job: id, state: 'done', attempt: record.attempt, where: record.where });
    else attempts.set(id, record?.attempt ?? 0);
  }
  settle();
  let open = true;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const [woken, none] = [waiting, []];
    waiting = none;
    for (const go of woken) go();
  };
  return {
    async take() {
      for (;;) {
        if (!open || jobs.every(({ id }) => isSettled(stateOf(id)))) return null;
        const job = jobs.find(({ id }) => stateOf(id) === 'queued');
        if (job !== undefined) {
          states.set(job.id, 'running');
          return job;
        }
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    set(status) {
      note(status);
      if (isSettled(status.state)) settle();
      if (status.state !== 'running') wake();
    },
    close() {
      open = false;
      wake();
    },
  };
}
