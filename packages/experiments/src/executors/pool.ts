import process from 'node:process';
import type { Executor, Job, JobList, JobStatus } from '@basinlab/core';
import { isAlive } from '@basinlab/core/store';
import { Observable } from 'rxjs';
import { Interrupted } from '../errors/interrupted.js';
import { usageError } from '../errors/usage-error.js';
import { createBoard, type Board } from './board.js';
import { readJobs, readRecord, readRecords, writeRecord } from './job-folder.js';
import { lookAtRecords } from './watch.js';
import type { Worker } from './worker.js';

/** Places at which jobs are done, as long as the process lives that looks after them. */
export interface Pool {
  readonly places: number;
  /** How often a job is started again that has ended without a record of its end. */
  readonly restarts: number;
  /** A worker for a place, from 0. */
  start(place: number): Worker;
}

/** What an executor does whose jobs end with the process that submits them. */
export function poolExecutor<O>(
  { id, summary, options }: Pick<Executor<O>, 'id' | 'summary' | 'options'>,
  open: (list: JobList, options: O, places: number) => Omit<Pool, 'places'>,
): Executor<O> {
  return {
    ...{ id, summary, options },
    run: (list, chosen, { jobs, signal }) =>
      new Observable((subscriber) => {
        const gone = new AbortController();
        const work = async (): Promise<void> => {
          const places = Math.min(jobs, list.jobs.length);
          const board = createBoard(list.jobs, await readRecords(list.folder, list.jobs), (status) => subscriber.next(status));
          await runPool(list, board, { ...open(list, chosen, places), places }, AbortSignal.any([signal, gone.signal]));
          if (signal.aborted) throw new Interrupted();
        };
        work().then(
          () => subscriber.complete(),
          (error: unknown) => subscriber.error(error),
        );
        return () => gone.abort();
      }),
    look: (list) => lookAtRecords(list, async () => isAlive((await readJobs(list.folder)).submitter) === false),
    async cancel(list) {
      const { submitter } = await readJobs(list.folder);
      const alive = isAlive(submitter);
      if (alive === null) throw usageError('jobs', `to be cancelled on ${submitter.host.split(' ')[0]}, where they run`, 'another machine');
      if (alive) process.kill(submitter.pid, 'SIGTERM');
    },
  };
}

/** Does everything on the board. Resolves when nothing is left and every worker has ended. */
async function runPool(list: JobList, board: Board, { places, restarts, start }: Pool, signal: AbortSignal): Promise<void> {
  const workers = new Map<number, Worker>();
  const crashes = new Map<string, number>();
  const stop = (): void => {
    board.close();
    for (const worker of workers.values()) void worker.stop();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  const fill = async (place: number): Promise<void> => {
    for (let job = await board.take(); job !== null; job = await board.take()) {
      let worker = workers.get(place);
      if (worker?.alive !== true) workers.set(place, (worker = start(place)));
      board.set(await attempt(job, worker));
    }
    await workers.get(place)?.stop();
  };

  const attempt = async (job: Job, worker: Worker): Promise<JobStatus> => {
    const before = (await readRecord(list.folder, job))?.attempt ?? 0;
    const status = { job: job.id, attempt: before + 1, where: worker.where };
    board.set({ ...status, state: 'running' });
    const outcome = await worker.work(job, (line) => board.set({ ...status, state: 'running', detail: line }));
    if (outcome === 'done') return { ...status, state: 'done' };
    if (outcome === 'failed')
      return { ...status, state: 'failed', detail: (await readRecord(list.folder, job))?.detail ?? 'without a word' };
    if (signal.aborted) return { ...status, state: 'queued', detail: 'stopped, to go on later' };
    const count = (crashes.get(job.id) ?? 0) + 1;
    crashes.set(job.id, count);
    const how = outcome === 'stopped' ? 'it was stopped from outside' : outcome.crash;
    if (count <= restarts) return { ...status, state: 'queued', detail: `${how}; it is started again` };
    const now = new Date().toISOString();
    const detail = `${how}, ${count} times`;
    await writeRecord(list.folder, job, { attempt: before + 1, where: status.where, began: now, ended: now, state: 'failed', detail });
    return { ...status, state: 'failed', detail };
  };

  await Promise.all(Array.from({ length: places }, (_, place) => fill(place)));
  signal.removeEventListener('abort', stop);
}
