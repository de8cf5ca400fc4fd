import type { Job, JobList, JobStatus } from '@basinlab/core';
import type { Board } from '../board.js';
import { readRecord, writeRecord } from '../job-folder.js';
import { startWorker, type Share, type WorkerProcess } from './worker-process.js';

export interface PoolOptions {
  readonly processes: number;
  readonly share: Share;
  /** How often a job is started again whose process has ended. */
  readonly restarts: number;
  readonly signal: AbortSignal;
}

/** Does everything on the board by processes of this machine. Resolves when nothing is left and every process has ended. */
export async function runPool(list: JobList, board: Board, { processes, share, restarts, signal }: PoolOptions): Promise<void> {
  const workers = new Map<number, WorkerProcess>();
  const crashes = new Map<string, number>();
  const stop = (): void => {
    board.close();
    for (const worker of workers.values()) void worker.stop();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  const place = async (index: number): Promise<void> => {
    for (let job = await board.take(); job !== null; job = await board.take()) {
      let worker = workers.get(index);
      if (worker?.alive !== true) workers.set(index, (worker = startWorker(list, index, share)));
      board.set(await attempt(job, index, worker));
    }
    await workers.get(index)?.stop();
  };

  const attempt = async (job: Job, index: number, worker: WorkerProcess): Promise<JobStatus> => {
    const before = (await readRecord(list.folder, job))?.attempt ?? 0;
    const status = { job: job.id, attempt: before + 1, where: `process ${index + 1}, pid ${worker.pid}` };
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

  await Promise.all(Array.from({ length: processes }, (_, index) => place(index)));
  signal.removeEventListener('abort', stop);
}
