import type { RunEvent } from '@basinlab/core';
import type { Work } from '@basinlab/experiments';
import type { Terminal } from '../terminal.js';
import { formatDuration } from './rate.js';

type Progress = Extract<RunEvent, { kind: 'progress' }>;

export interface ProgressReporter {
  next(event: RunEvent): void;
  /** Removes the live line. */
  close(): void;
}

/** Seconds between lines where the line cannot be redrawn. */
const quiet = 10;

/**
 * Shows progress events: one live line on a terminal, otherwise a line per stage's start and end and every ten seconds. `now` gives seconds.
 */
export function progressReporter(terminal: Terminal, now: () => number = () => performance.now() / 1000): ProgressReporter {
  let stage: { name: string; since: number; from: number } | undefined;
  let logged = -Infinity;
  return {
    next(event) {
      if (event.kind !== 'progress') return;
      const time = now();
      const fresh = stage?.name !== event.stage || event.done < stage.from;
      if (fresh || stage === undefined) stage = { name: event.stage, since: time, from: event.done };
      const line = describeProgress(event, remaining(event, stage, time));
      if (terminal.interactive) terminal.live(line);
      else if (fresh || event.done >= event.total || time - logged >= quiet) {
        logged = time;
        terminal.log(line);
      }
    },
    close: () => terminal.live(''),
  };
}

/** The result of work, whose progress is shown until it is there. */
export function showProgress<T>(work: Work<T>, terminal: Terminal): Promise<T> {
  const progress = progressReporter(terminal);
  // Failures come with the result.
  work.events.subscribe({ next: (event) => progress.next(event), error: () => undefined });
  return work.result().finally(() => progress.close());
}

function remaining(event: Progress, stage: { since: number; from: number }, time: number): number | undefined {
  const done = event.done - stage.from;
  return done > 0 && event.done < event.total ? ((time - stage.since) / done) * (event.total - event.done) : undefined;
}

/** `train standard: epoch 3/8, loss 0.0412, 812 steps/s, 0:34 left`. */
export function describeProgress(event: Progress, secondsLeft?: number): string {
  const details = Object.entries(event.details ?? {}).map(([name, value]) =>
    name === 'stepsPerSecond' ? `${Math.round(Number(value))} steps/s` : `${name} ${short(value)}`,
  );
  const left = secondsLeft === undefined ? [] : [`${formatDuration(secondsLeft)} left`];
  return `${event.stage}: ${[`${event.unit} ${short(event.done)}/${event.total}`, ...details, ...left].join(', ')}`;
}

const short = (value: number | string): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value);
