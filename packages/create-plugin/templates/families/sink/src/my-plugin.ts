import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent, Sink } from '@basinlab/core';
import { z } from 'zod';

const options = z.strictObject({
  /** Folder for the files, made where it is not there. */
  directory: z.string().default('my-plugin'),
});

/** Writes the numbers of a run as lines of JSON: when it happened, and a row of a metric or of a measurement with what tells it apart. */
export const myPluginSink: Sink<z.output<typeof options>> = {
  id: 'my-plugin',
  summary: 'numbers as lines of JSON',
  options,
  async open({ name }, { directory }) {
    await mkdir(directory, { recursive: true });
    const file = await newFile(directory, name.replaceAll(/[^\w.-]+/g, '-'));
    return {
      async write(event, time) {
        await file.write(
          rowsOf(event)
            .map((row) => `${JSON.stringify({ time, ...row })}\n`)
            .join(''),
        );
      },
      close: () => file.close(),
    };
  },
};

/** The rows of an event; other kinds, such as progress, have none. */
function rowsOf(event: RunEvent): readonly object[] {
  if (event.kind === 'metric') return event.rows;
  if (event.kind !== 'measured') return [];
  return event.rows.map((row) => ({ measurement: event.measurement, ...event.labels, ...row }));
}

/** A file that was not there before: an earlier run of the same name keeps its own. */
async function newFile(directory: string, name: string, number = 1): Promise<FileHandle> {
  try {
    return await open(join(directory, `${name}-${number}.jsonl`), 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return newFile(directory, name, number + 1);
  }
}
