import type { MonoTypeOperatorFunction } from 'rxjs';
import type { RunEvent } from '../contracts/run-event.js';
import { consume } from './on-demand.js';

/** Where events are kept, for example a run of `@basinlab/core/store`. */
export interface EventSink {
  append(event: RunEvent): Promise<void>;
}

/** Appends the events of these kinds to a sink, one after the other, and passes every event on; the source waits. */
export function recordEvents<T extends { readonly kind: string }>(
  sink: EventSink,
  kinds: readonly RunEvent['kind'][],
): MonoTypeOperatorFunction<T> {
  const isRecorded = (event: T | RunEvent): event is RunEvent => (kinds as readonly string[]).includes(event.kind);
  return consume(async (event) => {
    if (isRecorded(event)) await sink.append(event);
    return event;
  });
}
