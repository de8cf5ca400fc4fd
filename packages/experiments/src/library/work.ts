import type { RunEvent } from '@basinlab/core';
import { Observable, Subject } from 'rxjs';

/** Something long that is done once, however many look on: it begins with the first subscription, or when its result is asked for. */
export interface Work<T> {
  /** What happens on the way; ends when the work does. Unsubscribing stops nothing: abort the signal that the work was given. */
  readonly events: Observable<RunEvent>;
  /** Begins the work if nobody has, and resolves with what came out. */
  result(): Promise<T>;
}

/** Work made of a function that tells events as it goes. */
export function workOf<T>(run: (emit: (event: RunEvent) => void) => Promise<T>): Work<T> {
  const events = new Subject<RunEvent>();
  let running: Promise<T> | undefined;
  const start = (): Promise<T> => {
    if (running !== undefined) return running;
    const begun = run((event) => events.next(event));
    running = begun;
    begun.then(
      () => events.complete(),
      (error: unknown) => events.error(error),
    );
    return begun;
  };
  return {
    events: new Observable((subscriber) => {
      const subscription = events.subscribe(subscriber);
      // Failures reach subscribers as errors of the events.
      start().catch(() => undefined);
      return subscription;
    }),
    result: start,
  };
}

/** The result of work that is a part of other work, which tells its events. */
export function forwarding<T>(work: Work<T>, emit: (event: RunEvent) => void): Promise<T> {
  // Failures come with the result.
  work.events.subscribe({ next: emit, error: () => undefined });
  return work.result();
}
