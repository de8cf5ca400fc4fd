/**
 * What is known of jobs, in files: `jobs/list.json` in the folder of a sweep or reproduction holds the command lines, and each job's own process
 * keeps `jobs/state/ID.json`. A shell on any machine that sees the folder can read how the work stands, whoever started it.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Job, JobList, JobState, JobStatus } from '@basinlab/core';
import { atomicWrite, type ProcessIdentity } from '@basinlab/core/store';
import { usageError } from '../errors/usage-error.js';

/** Jobs and who runs them; `jobs/list.json`. */
export interface SubmittedJobs extends JobList {
  readonly executor: { readonly id: string; readonly options: unknown };
  /** Most jobs at once. */
  readonly atOnce: number;
  /** The process that submitted them last: that of a pool, which can be stopped. */
  readonly submitter: ProcessIdentity;
}

/** What a job's process writes of itself. */
export interface JobRecord {
  readonly state: Extract<JobState, 'running' | 'done' | 'failed' | 'cancelled' | 'queued'>;
  readonly attempt: number;
  readonly where: string;
  /** Of the command line: a record of another one does not count. */
  readonly command: string;
  /** ISO 8601. */
  readonly began: string;
  readonly ended?: string;
  readonly detail?: string;
}

/** Where the jobs of a sweep or reproduction are kept. */
export const jobsFolder = (folder: string): string => join(folder, 'jobs');
export const logFile = (folder: string, job: string): string => join(jobsFolder(folder), 'logs', `${job}.log`);
const stateFile = (folder: string, job: string): string => join(jobsFolder(folder), 'state', `${job}.json`);
const listFile = (folder: string): string => join(jobsFolder(folder), 'list.json');

/** Makes the folders and notes what is to be done. */
export async function writeJobs(submitted: SubmittedJobs): Promise<void> {
  for (const path of [stateFile(submitted.folder, ''), logFile(submitted.folder, '')]) await mkdir(dirname(path), { recursive: true });
  await atomicWrite(listFile(submitted.folder), `${JSON.stringify(submitted, null, 2)}\n`);
}

/** The jobs of a folder. Throws a usage error where there are none. */
export async function readJobs(folder: string): Promise<SubmittedJobs> {
  const text = await readFile(listFile(folder), 'utf8').catch(() => null);
  if (text === null)
    throw usageError('jobs', 'the folder of a sweep or reproduction that was given to an executor', folder, 'Add --executor or --jobs');
  // The folder may have been moved, or be mounted elsewhere here.
  return { ...(JSON.parse(text) as SubmittedJobs), folder };
}

/** Identifies a command line, so that a job of the same name with other settings is another one. */
export const commandHash = ({ args }: Job): string => createHash('sha256').update(JSON.stringify(args)).digest('hex').slice(0, 16);

export async function writeRecord(folder: string, job: Job, record: Omit<JobRecord, 'command'>): Promise<void> {
  await atomicWrite(stateFile(folder, job.id), `${JSON.stringify({ ...record, command: commandHash(job) }, null, 2)}\n`);
}

/** What a job's process wrote last; null where it has not begun, or where the record is of another command line. */
export async function readRecord(folder: string, job: Job): Promise<JobRecord | null> {
  const text = await readFile(stateFile(folder, job.id), 'utf8').catch(() => null);
  if (text === null) return null;
  const record = JSON.parse(text) as JobRecord;
  return record.command === commandHash(job) ? record : null;
}

/** The records of many jobs, a few files at a time. */
export async function readRecords(folder: string, jobs: readonly Job[]): Promise<ReadonlyMap<string, JobRecord>> {
  const found = new Map<string, JobRecord>();
  for (let from = 0; from < jobs.length; from += 64) {
    const some = jobs.slice(from, from + 64);
    const records = await Promise.all(some.map((job) => readRecord(folder, job)));
    for (const [index, record] of records.entries()) if (record !== null) found.set(some[index]!.id, record);
  }
  return found;
}

/** A record as others see it. */
export const statusOf = (job: string, { state, attempt, where, detail }: JobRecord): JobStatus => ({
  ...{ job, state, attempt, where },
  ...(detail === undefined ? {} : { detail }),
});
