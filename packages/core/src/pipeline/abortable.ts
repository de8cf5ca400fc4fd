import { Observable, type MonoTypeOperatorFunction } from 'rxjs';

/** Ends with the signal's reason as an error, and cancels the source, once the signal is aborted. */
export function abortable<T>(signal: AbortSignal): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      const stop = (): void => subscriber.error(signal.reason);
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      subscriber.add(() => signal.removeEventListener('abort', stop));
      subscriber.add(source.subscribe(subscriber));
      return undefined;
    });
}
