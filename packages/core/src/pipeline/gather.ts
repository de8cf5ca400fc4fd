import { Observable, Subject, type Subscription } from 'rxjs';

/** A place in a pass over a source: subscribe to `items`, once, or give the place up. */
export interface Place<T> {
  readonly items: Observable<T>;
  /** Says that nobody will subscribe here (any more). */
  release(): void;
}

/**
 * Lets several consumers share one pass over a source. The source starts when every place is taken or released, so that none misses an item; it
 * makes the next item when all are done with the last (see `onDemand`), and is cancelled when the last of them unsubscribes.
 */
export function gather<T>(source: Observable<T>, places: number): readonly Place<T>[] {
  const items = new Subject<T>();
  let waiting = places;
  let listening = 0;
  let running: Subscription | undefined;

  const arrive = (): void => {
    waiting -= 1;
    if (waiting === 0 && listening > 0) running = source.subscribe(items);
  };
  const leave = (): void => {
    listening -= 1;
    if (listening === 0) running?.unsubscribe();
  };
  return Array.from({ length: places }, (): Place<T> => {
    let settled = false;
    const settle = (): void => {
      if (settled) return;
      settled = true;
      arrive();
    };
    return {
      items: new Observable((subscriber) => {
        if (settled) {
          subscriber.error(new Error('a place in a shared pass can be taken once'));
          return undefined;
        }
        listening += 1;
        const inner = items.subscribe(subscriber);
        settle();
        return () => {
          inner.unsubscribe();
          leave();
        };
      }),
      release: settle,
    };
  });
}
