import type { Observable } from 'rxjs';
import { consume, stopped } from './on-demand.js';

/** Who sees the events of a stream, and what stops it. */
export interface DrainOptions<T> {
  /** Called for every event; the source waits for its promise. */
  readonly onEvent?: (event: T) => void | Promise<void>;
  /** Cancels the run; the promise then rejects with the signal's reason, after the run has come to rest. */
  readonly signal?: AbortSignal;
}

/** Runs an observable to its end. Resolves with the last event, undefined where there was none; rejects with the run's error. */
export async function drain<T>(run: Observable<T>, { onEvent, signal }: DrainOptions<T> = {}): Promise<T | undefined> {
  signal?.throwIfAborted();
  const handled = run.pipe(
    consume(async (event) => {
      await onEvent?.(event);
      return event;
    }),
  );
  return new Promise<T | undefined>((resolve, reject) => {
    let last: T | undefined;
    const stop = (): void => {
      subscription.unsubscribe();
      void stopped().then(() => reject(signal?.reason as Error));
    };
    const settle = (end: () => void) => (): void => {
      signal?.removeEventListener('abort', stop);
      end();
    };
    const subscription = handled.subscribe({
      next: (event) => (last = event),
      error: (error: unknown) => settle(() => reject(error as Error))(),
      complete: settle(() => resolve(last)),
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
