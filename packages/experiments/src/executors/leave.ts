/**
 * A scheduler that ends a process tells it some time before. What the process does then does not depend on who called what: it trains on to the next
 * checkpoint and ends. Unlike an interruption, which loses what came after the last checkpoint.
 */
import process from 'node:process';

const leaving = new AbortController();

/** Whether this process was asked to end at its next checkpoint. */
export const isLeaving = (): boolean => leaving.signal.aborted;

/** Heeds SIGUSR2, which comes `BASINLAB_MARGIN` seconds (120) before the end. The signal that is returned comes when three quarters of that are over. */
export function heedScheduler(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGUSR2', () => {
    leaving.abort();
    const margin = Number(process.env['BASINLAB_MARGIN'] ?? 120);
    setTimeout(() => controller.abort(), 750 * margin).unref();
  });
  return controller.signal;
}
