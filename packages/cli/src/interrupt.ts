import process from 'node:process';
import { Interrupted } from '@basinlab/experiments';

/** How long work may take to stop on its own. Every file is written whole or not at all, so leaving then loses only what was not saved. */
const grace = 900;

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/**
 * Turns the first SIGINT or SIGTERM into an aborted signal and ends the process with 130 where the work has not stopped after a second;
 * the second one ends it at once.
 */
export function listenForInterrupts(log: (line: string) => void): Interrupts {
  const controller = new AbortController();
  const leave = () => process.exit(130);
  const handle = () => {
    if (controller.signal.aborted) leave();
    log('basinlab: stopping; once more to stop at once');
    controller.abort(new Interrupted());
    setTimeout(leave, grace).unref();
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', handle).off('SIGTERM', handle);
    },
  };
}
