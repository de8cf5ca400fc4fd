import type { JobState, JobStatus } from '@basinlab/core';
import type { Table } from '@basinlab/report';

/** `12 jobs: 3 done, 2 running, 7 waiting`. */
export function countJobs(statuses: readonly JobStatus[]): string {
  const order: readonly JobState[] = ['done', 'running', 'queued', 'waiting', 'failed', 'cancelled'];
  const counts = order.map((state) => [statuses.filter((status) => status.state === state).length, state] as const);
  const named = counts.filter(([count]) => count > 0).map(([count, state]) => `${count} ${state}`);
  return `${statuses.length} jobs: ${named.join(', ') || 'none yet'}`;
}

/** A live table: what there is, then a line for every job that runs or has failed, as many as fit. */
export function liveJobs(statuses: readonly JobStatus[], rows = 20): string {
  const shown = statuses.filter(({ state }) => state === 'running' || state === 'failed');
  const width = Math.max(0, ...shown.map(({ job }) => job.length));
  const lines = shown.slice(0, rows).map(describeJob(width));
  return [countJobs(statuses), ...lines, ...(shown.length > rows ? [`  and ${shown.length - rows} more`] : [])].join('\n');
}

/** One line on a job: name, state, where it is and what it says. */
export const describeJob =
  (width = 0) =>
  ({ job, state, attempt, where, detail }: JobStatus): string =>
    [`  ${job.padEnd(width)}  ${state}`, attempt > 1 ? `attempt ${attempt}` : '', where ?? '', detail ?? '']
      .filter((part) => part !== '')
      .join('  ');

/** All jobs as a table. */
export const jobsTable = (statuses: readonly JobStatus[]): Table => ({
  columns: [{ header: 'job' }, { header: 'state' }, { header: 'attempts', align: 'right' }, { header: 'where' }, { header: 'says' }],
  rows: statuses.map(({ job, state, attempt, where, detail }) => [job, state, attempt, where ?? null, detail ?? null]),
});
