/**
 * Calls that wait on a worker thread. Node joins its worker threads when the process ends, so a call that still waits for a long program would
 * hold up Ctrl-C until the program is done; the process then leaves at once instead, after the other exit listeners have run.
 */
import { isMainThread } from 'node:worker_threads';
import { libcFunction } from './memory.js';

let waiting = 0;
let listening = false;

/** Runs `call` (one that blocks a worker thread) and counts it until it settles. */
export async function onWorkerThread<T>(call: () => Promise<T>): Promise<T> {
  if (!listening && isMainThread) {
    listening = true;
    process.on('exit', leaveIfWaiting);
  }
  waiting++;
  try {
    return await call();
  } finally {
    waiting--;
  }
}

function leaveIfWaiting(code: number): void {
  if (waiting === 0) return;
  const listeners = process.rawListeners('exit');
  for (const listener of listeners.slice(listeners.indexOf(leaveIfWaiting) + 1)) listener.call(process, code);
  libcFunction('_exit', 'void', ['int'])(process.exitCode ?? code);
}
