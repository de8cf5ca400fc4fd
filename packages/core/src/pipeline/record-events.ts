import type { MonoTypeOperatorFunction } from 'rxjs';
import type { RunEvent } from '../contracts/run-event.js';
import { consume } from './on-demand.js';

/** Where events are kept, for example a run of `@basinlab/core/store`. */
export interface EventSink {
  append(event: RunEvent): Promise<void>;
}

/**
 * Appends every event to a sink and passes it on once it is there; the source waits. Place it behind `throttleProgress`, or give `kinds`, to keep
 * frequent progress events out.
 */
export function recordEvents(sink: EventSink, { kinds }: { kinds?: readonly RunEvent['kind'][] } = {}): MonoTypeOperatorFunction<RunEvent> {
  return consume(async (event) => {
    if (kinds === undefined || kinds.includes(event.kind)) await sink.append(event);
    return event;
  });
}
