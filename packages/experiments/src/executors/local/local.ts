import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { poolExecutor } from '../pool.js';
import { startWorker } from './worker-process.js';

const options = z.strictObject({
  threads: z.int().positive().optional().describe('threads of every process; default: its share of the cores'),
  memory: z.number().positive().optional().describe('MB of memory that a process may take; default: its share of nine tenths of all'),
  restarts: z.int().nonnegative().default(2).describe('how often a job is started again whose process has ended'),
});

/** A pool of processes on this machine, each with its own engine and its share of cores and memory. */
export const localExecutor = poolExecutor(
  { id: 'local', summary: 'Processes of this machine, each with its share of cores and memory', options },
  (list, { threads, memory, restarts }, processes) => {
    const share = {
      threads: threads ?? Math.max(1, Math.floor(availableParallelism() / processes)),
      memory: memory === undefined ? (0.9 * totalmem()) / processes : memory * 2 ** 20,
    };
    return { restarts, start: (place) => startWorker(list, place, share) };
  },
);
