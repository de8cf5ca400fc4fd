import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Executor, JobList, JobsLook, JobState, JobStatus } from '@basinlab/core';
import { concat, defer, ignoreElements } from 'rxjs';
import { jobsFolder, readRecords, statusOf, type JobRecord } from '../job-folder.js';
import { blameOf, checkOrder, isSettled, stateBefore } from '../order.js';
import { watchJobs } from '../watch.js';
import { readArrays, tasksOf, type Task } from './arrays.js';
import { slurm } from './command.js';
import { slurmOptions, type SlurmOptions } from './options.js';
import { ended, queued, taskKey, type QueueState } from './queue.js';
import { submit } from './submit.js';

/** The queue of a cluster: job arrays of sbatch, which outlive whoever submitted them. */
export const slurmExecutor: Executor<SlurmOptions> = {
  id: 'slurm',
  summary: 'Job arrays in the queue of a Slurm cluster',
  options: slurmOptions,
  run: (list, options, { jobs, signal }) =>
    concat(
      defer(() => submitMissing(list, options, jobs)).pipe(ignoreElements()),
      watchJobs(() => look(list), signal, 1000 * options.poll),
    ),
  look,
  async cancel(list) {
    const inQueue = await queued();
    const tasks = [...tasksOf(await readArrays(list.folder)).values()].map(taskKey).filter((key) => inQueue.has(key));
    // A command line holds only so much.
    for (let from = 0; from < tasks.length; from += 500) await slurm('scancel', tasks.slice(from, from + 500));
  },
};

/** Submits what is neither done nor in the queue. */
async function submitMissing(list: JobList, options: SlurmOptions, atOnce: number): Promise<void> {
  checkOrder(list.jobs);
  const records = await readRecords(list.folder, list.jobs);
  const done = new Set(list.jobs.map(({ id }) => id).filter((id) => records.get(id)?.state === 'done'));
  const tasks = tasksOf(await readArrays(list.folder));
  const inQueue = tasks.size === 0 ? new Map() : await queued();
  const missing = list.jobs.filter(({ id }) => {
    const task = tasks.get(id);
    return !done.has(id) && (task === undefined || !inQueue.has(taskKey(task)));
  });
  await submit(list, missing, done, options, atOnce);
}

/** How long a shared file system may keep a record from us that was written before its job ended, in milliseconds. */
const hidden = 5000;

/** How every job stands: by its own record where it is done, else as the queue has it, else as it left the queue. */
async function look(list: JobList): Promise<JobsLook> {
  const tasks = tasksOf(await readArrays(list.folder));
  let inQueue = await queued();
  let records = await readRecords(list.folder, list.jobs);
  const gone = (): Task[] =>
    list.jobs.flatMap(({ id }) => {
      const task = tasks.get(id);
      return task === undefined || records.get(id)?.state === 'done' || inQueue.has(taskKey(task)) ? [] : [task];
    });
  const howEnded = () => ended([...new Set(gone().map(({ array }) => array))]);
  let left = await howEnded();
  if (gone().some((task) => !left.has(taskKey(task)))) {
    // A controller that has just begun may not have read all of its queue.
    await delay(hidden);
    [inQueue, records] = [await queued(), await readRecords(list.folder, list.jobs)];
    left = await howEnded();
  }
  if (gone().some((task) => left.get(taskKey(task))?.state === 'done')) {
    await delay(hidden);
    records = await readRecords(list.folder, list.jobs);
  }
  const states = new Map<string, JobState>();
  const stateOf = (id: string): JobState => states.get(id)!;
  const statuses: JobStatus[] = [];
  for (const job of list.jobs) {
    const [record, task] = [records.get(job.id), tasks.get(job.id)];
    let status: JobStatus;
    if (record?.state === 'done') status = statusOf(job.id, record);
    else if (task === undefined) {
      const state = stateBefore(job, stateOf);
      status = { job: job.id, state, attempt: 0, ...(state === 'cancelled' ? { detail: blameOf(job, stateOf) } : {}) };
    } else status = await statusInSlurm(list, job.id, task, record, inQueue.get(taskKey(task)) ?? left.get(taskKey(task)));
    states.set(job.id, status.state);
    statuses.push(status);
  }
  return { statuses, ended: statuses.every(({ job, state }) => isSettled(state) || !tasks.has(job)) };
}

async function statusInSlurm(
  list: JobList,
  job: string,
  task: Task,
  record: JobRecord | undefined,
  seen: QueueState | undefined,
): Promise<JobStatus> {
  const where = [`job ${taskKey(task)}`, ...(seen === undefined || seen.node === '' ? [] : [`on ${seen.node}`])].join(' ');
  const common = { job, attempt: record?.attempt ?? 0, where };
  if (seen?.state === 'cancelled' || (seen !== undefined && !isSettled(seen.state))) {
    const said = seen.state === 'running' ? {} : { detail: seen.detail };
    return { ...common, state: seen.state, ...said };
  }
  // Out of the queue and not done: the job's own words, else Slurm's with the last that the log says.
  if (record?.state === 'failed') return { ...common, state: 'failed', detail: record.detail ?? 'without a word' };
  const last = await lastLine(join(jobsFolder(list.folder), 'logs', `slurm-${taskKey(task)}.log`));
  const how = seen === undefined ? 'left the queue without a result' : seen.state === 'done' ? 'ended without a result' : seen.detail;
  return { ...common, state: 'failed', detail: last === '' ? how : `${how}: ${last}` };
}

async function lastLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').at(-1) ?? '';
}
