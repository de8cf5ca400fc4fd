import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeasurementColumn, MeasurementRow, RunEvent, SinkWriter } from '@basinlab/core';
import { readJson, readParquet, readRunEvents } from '@basinlab/core/store';

/** Tells a sink what a run's own log holds and what has been measured on it, and closes it. Returns how many events there were. */
export async function replay(directory: string, writer: SinkWriter): Promise<number> {
  let told = 0;
  let status: 'finished' | 'failed' = 'failed';
  try {
    for (const event of await readRunEvents(directory)) {
      await writer.write(event as unknown as RunEvent, Date.parse(event.time));
      told++;
    }
    for (const [index, folder] of (await measurementsOf(directory)).entries()) {
      const { event, time } = await readMeasured(folder, index);
      await writer.write(event, time);
      told++;
    }
    status = 'finished';
  } finally {
    await writer.close(status);
  }
  return told;
}

/** Folders of what has been measured, by name; a measurement is there once it is described. */
async function measurementsOf(directory: string): Promise<string[]> {
  const home = join(directory, 'measurements');
  if (!existsSync(home)) return [];
  const folders = (await readdir(home)).sort().map((name) => join(home, name));
  return folders.filter((folder) => existsSync(join(folder, 'measurement.json')));
}

/** All rows of a measurement as one event: its labels are columns there. */
async function readMeasured(folder: string, request: number): Promise<{ event: RunEvent; time: number }> {
  const description = join(folder, 'measurement.json');
  const { measurement, columns } = (await readJson(description)) as { measurement: string; columns: readonly MeasurementColumn[] };
  const rows = (await readParquet(join(folder, 'rows.parquet'))) as readonly MeasurementRow[];
  const time = Math.round((await stat(description)).mtimeMs);
  return { event: { kind: 'measured', measurement, request, labels: {}, columns, rows }, time };
}
