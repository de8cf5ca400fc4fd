import { createWriteStream } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { once } from 'node:events';
import type { Job, JobList } from '@basinlab/core';
import { isLeaving } from './leave.js';
import { logFile, readRecord, writeRecord, type JobRecord } from './job-folder.js';

/** Runs one command line of basinlab in this process; resolves with its exit code. `log` takes what it says on the way. */
export type RunCommandLine = (args: readonly string[], log: (line: string) => void, signal: AbortSignal) => Promise<number>;

/** Exit code of a process whose job was stopped and should be started again: none of basinlab's own, nor of a shell's. */
export const stoppedExitCode = 85;

export interface WorkOptions {
  readonly run: RunCommandLine;
  readonly signal: AbortSignal;
  /** Each line that goes into the job's log. */
  readonly onLine?: (line: string) => void;
}

/** What became of a job in this process. */
export type WorkOutcome = 'done' | 'failed' | 'stopped';

/**
 * Does a job here: keeps its record and its log, in which the last line of a failure is the error. A job that is done is not done again.
 * Stopped by the signal, it is left to be started once more; whatever it has stored stays.
 */
export async function workOn(list: JobList, job: Job, { run, signal, onLine }: WorkOptions): Promise<WorkOutcome> {
  const before = await readRecord(list.folder, job);
  if (before?.state === 'done') return 'done';
  const record: Omit<JobRecord, 'command' | 'state'> = {
    attempt: (before?.attempt ?? 0) + 1,
    where: `${hostname()} pid ${process.pid}`,
    began: new Date().toISOString(),
  };
  await writeRecord(list.folder, job, { ...record, state: 'running' });
  const log = createWriteStream(logFile(list.folder, job.id), { flags: 'a' });
  let last = '';
  const code = await run(
    job.args,
    (line) => {
      last = line;
      log.write(`${line}\n`);
      onLine?.(line);
    },
    signal,
  );
  log.end();
  await once(log, 'close');
  const ended = new Date().toISOString();
  if (code !== 0 && (signal.aborted || isLeaving())) {
    await writeRecord(list.folder, job, { ...record, ended, state: 'queued', detail: 'stopped, to go on later' });
    return 'stopped';
  }
  await writeRecord(list.folder, job, { ...record, ended, ...(code === 0 ? { state: 'done' } : { state: 'failed', detail: last }) });
  return code === 0 ? 'done' : 'failed';
}
