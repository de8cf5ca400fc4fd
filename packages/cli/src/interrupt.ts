import process from 'node:process';
import { Interrupted } from '@basinlab/experiments';
import { endAtSecond } from '@basinlab/xla';

/** How long work may take to stop on its own. Every file is written whole or not at all, so leaving then loses only what was not saved. */
const grace = 900;

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Turns the first SIGINT or SIGTERM into an aborted signal and ends the process with 130 where the work has not stopped after a second;
 * the second one ends it at once, also where nothing comes back to listen.
 */
export function listenForInterrupts(log: (line: string) => void): Interrupts {
  const controller = new AbortController();
  const release = () => signals.forEach((signal) => process.off(signal, handle));
  const handle = () => {
    // From now on the system ends the process.
    release();
    log('basinlab: stopping; once more to stop at once');
    controller.abort(new Interrupted());
    setTimeout(() => process.exit(130), grace).unref();
  };
  signals.forEach((signal) => process.on(signal, handle));
  endAtSecond(signals);
  return { signal: controller.signal, release };
}
