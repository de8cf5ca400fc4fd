import { filter } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { RunEvent } from '../contracts/run-event.js';

/** Milliseconds; replaced in tests. */
export type Clock = () => number;
const monotonic: Clock = () => performance.now();

/**
 * Lets through one progress event per stage and `interval` milliseconds, and always a stage's first and those with done = total; other events pass.
 */
export function throttleProgress<T extends { readonly kind: string } = RunEvent>(
  interval: number,
  now: Clock = monotonic,
): MonoTypeOperatorFunction<T> {
  return (source) => {
    const passed = new Map<string, number>();
    return source.pipe(
      filter((event) => {
        if (event.kind !== 'progress') return true;
        const { stage, done, total } = event as unknown as Extract<RunEvent, { kind: 'progress' }>;
        const time = now();
        if (done < total && time - (passed.get(stage) ?? -Infinity) < interval) return false;
        passed.set(stage, time);
        return true;
      }),
    );
  };
}

export interface Rate {
  /** Items per second over the last `window`; null until two counts at different times are known. */
  readonly perSecond: number | null;
  /** Seconds until `total` at that rate; 0 when done, null while the rate is null or 0. */
  readonly secondsLeft: number | null;
}

/**
 * Measures how fast a count grows: `measure(done, total)` at each progress event of one stage. What was done before the first call does not count,
 * so a resumed run is not taken for a fast one; a count that falls starts over.
 * @param window milliseconds of history that the rate looks back over
 */
export function createRateMeter({ window = 30_000, now = monotonic }: { window?: number; now?: Clock } = {}): (
  done: number,
  total: number,
) => Rate {
  let history: { time: number; done: number }[] = [];
  return (done, total) => {
    const time = now();
    if (done < (history.at(-1)?.done ?? 0)) history = [];
    history.push({ time, done });
    // One entry at or before the window's start stays, so that rare events still give a rate.
    while (history.length > 2 && history[1]!.time <= time - window) history.shift();
    const [first] = history;
    const perSecond = time > first!.time ? (1000 * (done - first!.done)) / (time - first!.time) : null;
    if (done >= total) return { perSecond, secondsLeft: 0 };
    return { perSecond, secondsLeft: perSecond === null || perSecond === 0 ? null : (total - done) / perSecond };
  };
}
