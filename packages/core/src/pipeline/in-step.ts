import { BasinlabError } from '@basinlab/tensor';
import { Observable, type Subscription } from 'rxjs';
import { deliver, hold } from './demand.js';

/**
 * The items of several sources side by side: the first of each, the second of each, and so on. No source makes its next item before all have
 * delivered theirs and the whole row has been used up. One source fits all: it is passed through as rows of one.
 * @throws BasinlabError where a source ends before another
 */
export function inStep<T>(sources: readonly Observable<T>[]): Observable<readonly T[]> {
  return new Observable((subscriber) => {
    const subscriptions: Subscription[] = [];
    let rows = 0;
    let ended = 0;
    let row = openRow<T>(sources.length);

    const put = (at: number, item: T): void => {
      const mine = row;
      mine.items[at] = item;
      mine.missing -= 1;
      hold(mine.done);
      if (mine.missing > 0) return;
      row = openRow<T>(sources.length);
      rows += 1;
      deliver(subscriber, mine.items).then(mine.close, mine.fail);
    };
    const end = (): void => {
      ended += 1;
      if (row.missing < sources.length) {
        subscriber.error(new BasinlabError('inStep', 'as many items of every source', `one that ended after ${rows}`));
      } else if (ended === sources.length) subscriber.complete();
    };
    subscriber.add(() => {
      subscriptions.forEach((subscription) => subscription.unsubscribe());
      row.close();
    });
    for (const [at, source] of sources.entries()) {
      const subscription = source.subscribe({
        next: (item) => {
          if (ended > 0) subscriber.error(new BasinlabError('inStep', 'as many items of every source', `one that ended after ${rows}`));
          else put(at, item);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: end,
      });
      subscriptions.push(subscription);
    }
  });
}

interface Row<T> {
  readonly items: T[];
  readonly done: Promise<void>;
  missing: number;
  close(): void;
  fail(error: unknown): void;
}

function openRow<T>(width: number): Row<T> {
  let close!: () => void;
  let fail!: (error: unknown) => void;
  const done = new Promise<void>((resolve, reject) => {
    close = resolve;
    fail = reject;
  });
  // A row that nobody waits for may fail: its error reaches the subscriber by itself.
  done.catch(() => undefined);
  return { items: new Array<T>(width), done, missing: width, close, fail };
}
