import { BasinlabError, demand, type Job, type JobState } from '@basinlab/core';

/** Refuses a list in which an id comes twice or a job waits for one that is not before it, as cycles do. */
export function checkOrder(jobs: readonly Job[]): void {
  const known = new Set<string>();
  for (const { id, after } of jobs) {
    demand(/^[^/\\\0]+$/.test(id), 'jobs', 'ids must be names of files', id);
    demand(!known.has(id), 'jobs', 'ids must be unique', id);
    const missing = after.find((other) => !known.has(other));
    if (missing !== undefined) throw new BasinlabError('jobs', `${id} must stand after the jobs that it waits for`, missing);
    known.add(id);
  }
}

/** States in which a job stays. */
export const isSettled = (state: JobState): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

/** How jobs stand that have not been started: `queued`, `waiting` for others, or `cancelled` where one of those failed. */
export function stateBefore({ after }: Job, stateOf: (job: string) => JobState): JobState {
  const states = after.map(stateOf);
  if (states.some((state) => state === 'failed' || state === 'cancelled')) return 'cancelled';
  return states.every((state) => state === 'done') ? 'queued' : 'waiting';
}

/** The job that has to succeed first for this one to be tried: the nearest failed one before it. */
export function blameOf({ after }: Job, stateOf: (job: string) => JobState): string {
  return `${after.find((other) => ['failed', 'cancelled'].includes(stateOf(other))) ?? 'a job before it'} was not done`;
}
