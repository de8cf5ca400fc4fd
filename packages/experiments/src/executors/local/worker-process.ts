import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobList } from '@basinlab/core';
import { logFile } from '../job-folder.js';
import type { WorkOutcome } from '../work.js';
import type { Worker } from '../worker.js';
import type { Answer, Order } from './serve.js';

/** What one process may take of the machine. */
export interface Share {
  readonly threads: number;
  /** Bytes of resident memory. */
  readonly memory: number;
}

/** Half of what the command itself allows work to stop after Ctrl-C: children are gone before it leaves. */
const grace = 500;

/** Starts `basinlab jobs work FOLDER` with its share of the machine; what it says beside its jobs' logs goes to `logs/process-N.log`. */
export function startWorker(list: JobList, index: number, { threads, memory }: Share): Worker {
  const [program, ...before] = list.command;
  const log = openSync(logFile(list.folder, `process-${index + 1}`), 'a');
  const child = spawn(program!, [...before, 'jobs', 'work', list.folder], {
    cwd: list.cwd,
    env: { ...process.env, ...threadVariables(threads) },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  let reason: string | undefined;
  const ended = endOf(child);
  const guard = setInterval(() => {
    void residentBytes(child.pid!).then((bytes) => {
      if (bytes <= memory) return;
      reason = `it took more than ${Math.round(memory / 2 ** 20)} MB of memory`;
      child.kill('SIGKILL');
    });
  }, 500);
  guard.unref();
  void ended.then(() => clearInterval(guard));
  return {
    where: `process ${index + 1}, pid ${child.pid ?? -1}`,
    get alive() {
      return child.exitCode === null && child.signalCode === null && child.connected;
    },
    async work(job, onLine) {
      const outcome = new Promise<WorkOutcome>((resolve) => {
        const hear = (answer: Answer): void => {
          if (answer.kind === 'line') onLine(answer.line);
          if (answer.kind !== 'end') return;
          child.off('message', hear);
          resolve(answer.outcome);
        };
        child.on('message', hear);
      });
      const order: Order = { job };
      // A process that has just ended takes no order: that is told by its end.
      child.send(order, () => undefined);
      return Promise.race([outcome, ended.then((how) => ({ crash: reason ?? how }))]);
    },
    async stop() {
      child.kill('SIGTERM');
      const killed = delay(grace, undefined, { ref: false }).then(() => child.kill('SIGKILL'));
      await Promise.race([ended, killed.then(() => ended)]);
    },
  };
}

/** The thread pools of XLA on a CPU, of OpenMP and of TensorFlow. */
function threadVariables(threads: number): Record<string, string> {
  const names = ['NPROC', 'PJRT_NPROC', 'OMP_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'];
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}

async function endOf(child: ChildProcess): Promise<string> {
  const failed = once(child, 'error').then(([error]) => `it could not be started: ${(error as Error).message}`);
  const exited = once(child, 'exit').then(
    ([code, signal]) => `its process ended ${signal === null ? `with code ${code}` : `by ${signal}`}`,
  );
  return Promise.race([failed, exited]);
}

/** Memory of a process that is in use; 0 where the system does not say. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}
