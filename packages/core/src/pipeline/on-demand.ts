import { Observable } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import { deliver, hold } from './demand.js';
import { rest } from './rest.js';

const stopping = new Set<Promise<void>>();

/**
 * A source that makes items on demand: the next one is pulled when the last has been used up, by `next` returning and every `consume` below
 * being done. Each subscription runs `make` anew. Unsubscribing aborts the signal and pulls no more; what is being made is finished or, where
 * it minds the signal, given up, and the iterator's `finally` blocks run.
 */
export function onDemand<T>(make: (signal: AbortSignal) => AsyncIterable<T> | Iterable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const pump = async (): Promise<void> => {
      try {
        for await (const item of make(controller.signal)) {
          if (subscriber.closed) return;
          await deliver(subscriber, item);
          await rest();
          if (subscriber.closed) return;
        }
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    };
    const running = pump();
    return () => {
      controller.abort();
      stopping.add(running);
      void running.then(() => stopping.delete(running));
    };
  });
}

/** Resolves when every source that was cancelled has come to rest, `finally` blocks included. */
export async function stopped(): Promise<void> {
  while (stopping.size > 0) await Promise.all(stopping);
}

/**
 * Does asynchronous work for every item, one at a time and in order, and passes the result on. The source makes no further item meanwhile. An error
 * ends the run; after unsubscribing no work begins. `signal` is aborted then.
 */
export function consume<T, R>(work: (item: T, signal: AbortSignal) => Promise<R>): OperatorFunction<T, R> {
  return (source) =>
    new Observable((subscriber) => {
      const controller = new AbortController();
      let last: Promise<void> = Promise.resolve();
      const step = async (item: T): Promise<void> => {
        if (subscriber.closed) return;
        try {
          const result = await work(item, controller.signal);
          if (!subscriber.closed) await deliver(subscriber, result);
        } catch (error) {
          subscriber.error(error);
        }
      };
      subscriber.add(() => controller.abort());
      subscriber.add(
        source.subscribe({
          next: (item) => hold((last = last.then(() => step(item)))),
          error: (error: unknown) => void last.then(() => subscriber.error(error)),
          complete: () => void last.then(() => subscriber.complete()),
        }),
      );
    });
}
