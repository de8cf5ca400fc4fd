import { availableParallelism, totalmem } from 'node:os';
import process from 'node:process';
import type { Executor } from '@basinlab/core';
import { isAlive } from '@basinlab/core/store';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { Interrupted } from '../../errors/interrupted.js';
import { usageError } from '../../errors/usage-error.js';
import { createBoard } from '../board.js';
import { readJobs, readRecords } from '../job-folder.js';
import { lookAtRecords } from '../watch.js';
import { runPool } from './pool.js';

const options = z.strictObject({
  threads: z.int().positive().optional().describe('threads of every process; default: its share of the cores'),
  memory: z.number().positive().optional().describe('MB of memory that a process may take; default: its share of nine tenths of all'),
  restarts: z.int().nonnegative().default(2).describe('how often a job is started again whose process has ended'),
});

/** A pool of processes on this machine, each with its own engine and its share of cores and memory. */
export const localExecutor: Executor<z.infer<typeof options>> = {
  id: 'local',
  summary: 'Processes of this machine, each with its share of cores and memory',
  options,
  run: (list, { threads, memory, restarts }, { jobs, signal }) =>
    new Observable((subscriber) => {
      const processes = Math.min(jobs, list.jobs.length);
      const share = {
        threads: threads ?? Math.max(1, Math.floor(availableParallelism() / processes)),
        memory: memory === undefined ? (0.9 * totalmem()) / processes : memory * 2 ** 20,
      };
      const gone = new AbortController();
      const work = async (): Promise<void> => {
        const board = createBoard(list.jobs, await readRecords(list.folder, list.jobs), (status) => subscriber.next(status));
        await runPool(list, board, { processes, share, restarts, signal: AbortSignal.any([signal, gone.signal]) });
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
