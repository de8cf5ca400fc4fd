import process from 'node:process';
import type { Job, JobList } from '@basinlab/core';
import { workOn, type RunCommandLine, type WorkOutcome } from '../work.js';

/** What a pool tells its process. */
export interface Order {
  readonly job: Job;
}

/** What a process of a pool tells. */
export type Answer =
  { readonly kind: 'ready' } | { readonly kind: 'line'; readonly line: string } | { readonly kind: 'end'; readonly outcome: WorkOutcome };

/**
 * Does the jobs that the parent process sends, one after the other in this process, whose engine and compiled programs stay. Ends with the parent, or when the
 * signal is aborted.
 */
export async function serveJobs(list: JobList, run: RunCommandLine, signal: AbortSignal): Promise<void> {
  const controller = new AbortController();
  const stopped = AbortSignal.any([signal, controller.signal]);
  const answer = (message: Answer): void => void (process.connected && process.send!(message));
  const orders: Job[] = [];
  let wake = (): void => undefined;
  process.on('message', ({ job }: Order) => {
    orders.push(job);
    wake();
  });
  const stop = (): void => {
    controller.abort();
    wake();
  };
  process.once('disconnect', stop);
  signal.addEventListener('abort', stop, { once: true });
  answer({ kind: 'ready' });
  while (!stopped.aborted) {
    const job = orders.shift();
    if (job === undefined) await new Promise<void>((resolve) => (wake = resolve));
    else {
      const onLine = (line: string): void => answer({ kind: 'line', line });
      answer({ kind: 'end', outcome: await workOn(list, job, { run, signal: stopped, onLine }) });
    }
  }
  if (process.connected) process.disconnect();
}
