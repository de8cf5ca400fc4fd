import type { RunEvent, SinkWriter } from '@basinlab/core';
import { readRunEvents } from '@basinlab/core/store';

/** Tells a sink what a run's own log holds, and closes it. Returns how many events there were. */
export async function replay(directory: string, writer: SinkWriter): Promise<number> {
  const events = await readRunEvents(directory);
  for (const event of events) await writer.write(event as unknown as RunEvent, Date.parse(event.time));
  await writer.close('finished');
  return events.length;
}
