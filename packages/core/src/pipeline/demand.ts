import type { Subscriber } from 'rxjs';

/**
 * RxJS pushes; these two functions let a source know when its item has been used up. While an item travels down the operators, whoever needs
 * longer than the call calls `hold` with the promise of being done, and the source waits for all of them before it makes the next item.
 * Works through operators that pass items on at once (map, filter, concat, tap), not through those that keep them (delay, buffer).
 */
let holds: Promise<void>[] | null = null;

/** Keeps the source of the item that is being delivered from making the next one until `work` settles. */
export function hold(work: Promise<void>): void {
  holds?.push(work);
}

/** Delivers one item; resolves when it has been used up. `hold` is called inside `next`, so nested deliveries each have a list of their own. */
export async function deliver<T>(subscriber: Subscriber<T>, item: T): Promise<void> {
  const outer = holds;
  const mine: Promise<void>[] = [];
  holds = mine;
  try {
    subscriber.next(item);
  } finally {
    holds = outer;
  }
  await Promise.all(mine);
}
