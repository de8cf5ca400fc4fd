import type { Executor, Job, JobList } from '@basinlab/core';
import { readRecord } from './job-folder.js';
import { poolExecutor } from './pool.js';
import { stoppedExitCode } from './work.js';
import type { Worker } from './worker.js';

/** What surrounds one command line. */
export interface RunnerContext {
  /** Working folder, the same on every machine. */
  readonly cwd: string;
  /** Which of the places it takes, from 0: no two command lines have the same at one time. */
  readonly place: number;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/** A way to run a command line: under another program, in a container, on another machine that sees the same folders. */
export interface CommandRunner<O> extends Pick<Executor<O>, 'id' | 'summary' | 'options'> {
  /**
   * Runs a program with its arguments and resolves with the exit code once it has ended, also after the signal. What it leaves is read from the job's own
   * record, which the command line writes; a code without a record of its end is a crash, after which the job is started again, twice at most.
   */
  run(line: readonly string[], options: O, context: RunnerContext): Promise<number>;
}

/** How often a job is started again that has ended without a record. */
const restarts = 2;

/** An executor made of a way to run a command line: order, states, what waits for a failure, restarts and going on later are done here. */
export function commandExecutor<O>(runner: CommandRunner<O>): Executor<O> {
  return poolExecutor(runner, (list, options) => ({ restarts, start: (place) => workerOf(runner, options, list, place) }));
}

function workerOf<O>(runner: CommandRunner<O>, options: O, list: JobList, place: number): Worker {
  const stopped = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  const workOn = async (job: Job): ReturnType<Worker['work']> => {
    const attempts = (await readRecord(list.folder, job))?.attempt ?? 0;
    const line = [...list.command, 'jobs', 'work', list.folder, job.id];
    const context = { cwd: list.cwd, place, signal: stopped.signal };
    const ended = await runner.run(line, options, context).catch((error: unknown) => error as Error);
    const record = await readRecord(list.folder, job);
    if (record?.state === 'done') return 'done';
    if (record?.state === 'failed' && record.attempt > attempts) return 'failed';
    if (stopped.signal.aborted || ended === stoppedExitCode) return 'stopped';
    return { crash: ended instanceof Error ? `its command could not be run: ${ended.message}` : `its command ended with code ${ended}` };
  };
  return {
    where: `${runner.id} ${place + 1}`,
    get alive() {
      return !stopped.signal.aborted;
    },
    work(job) {
      const outcome = workOn(job);
      running = outcome.catch(() => undefined);
      return outcome;
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
