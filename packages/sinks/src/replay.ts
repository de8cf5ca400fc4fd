import type { RunEvent, SinkWriter } from '@basinlab/core';
import { readRunEvents } from '@basinlab/core/store';

/** Tells a sink what a run's own log holds, and closes it. Returns how many events there were. */
export async function replay(directory: string, writer: SinkWriter): Promise<number> {
  const events = await readRunEvents(directory);
  let status: 'finished' | 'failed' = 'failed';
  try {
    for (const event of events) await writer.write(event as unknown as RunEvent, Date.parse(event.time));
    status = 'finished';
  } finally {
    await writer.close(status);
  }
  return events.length;
}
