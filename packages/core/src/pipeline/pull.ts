import type { Observable } from 'rxjs';
import { consume } from './on-demand.js';

/**
 * An observable as something to loop over, inside a source made of others: the source makes the next item when the loop asks for it. Subscribes when
 * the loop begins; leaving the loop unsubscribes.
 */
export async function* pull<T>(source: Observable<T>): AsyncGenerator<T, void, undefined> {
  const arrived: { readonly item: T; readonly release: () => void }[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake: () => void = () => undefined;
  const subscription = source
    .pipe(
      consume(
        (item) =>
          new Promise<void>((release) => {
            arrived.push({ item, release });
            wake();
          }),
      ),
    )
    .subscribe({
      error: (error: unknown) => {
        end = { error };
        wake();
      },
      complete: () => {
        end = {};
        wake();
      },
    });
  try {
    for (;;) {
      const next = arrived.shift();
      if (next !== undefined) {
        try {
          yield next.item;
        } finally {
          next.release();
        }
      } else if (end === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if ('error' in end) throw end.error;
      else return;
    }
  } finally {
    arrived.forEach(({ release }) => release());
    subscription.unsubscribe();
  }
}
