import { open, mkdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sink } from '@basinlab/core';
import { z } from 'zod';
import { fileNameOf } from '../file-name.js';
import { partsOf } from '../scalars.js';
import { encodeEvent, recordOf, type TensorboardEvent } from './event-file.js';

const options = z.strictObject({
  directory: z.string().min(1).default('tensorboard').describe('folder that tensorboard --logdir is pointed at'),
});
/** Options of `tensorboard`. */
export type TensorboardOptions = z.output<typeof options>;

/** Event files of TensorBoard: a folder for the run, one below it for each model and pair, so that curves of the same name lie over each other. */
export const tensorboard: Sink<TensorboardOptions> = {
  id: 'tensorboard',
  summary: 'event files that TensorBoard shows, one curve per model or pair',
  options,
  async open({ name }, { directory }) {
    const home = join(directory, fileNameOf(name));
    await mkdir(home, { recursive: true });
    const files = new Map<string | null, Promise<FileHandle>>();
    const fileOf = (part: string | null, time: number): Promise<FileHandle> => {
      const known = files.get(part);
      if (known !== undefined) return known;
      const opened = begin(part === null ? home : join(home, fileNameOf(part)), time);
      files.set(part, opened);
      return opened;
    };
    return {
      async write(event, time) {
        for (const [part, scalars] of partsOf(event)) {
          const events = scalars.map(({ step, name: tag, value }) => ({ wallTime: time / 1000, step, scalars: [{ tag, value }] }));
          await append(await fileOf(part, time), events);
        }
      },
      async close() {
        for (const file of await Promise.all(files.values())) await file.close();
      },
    };
  },
};

/** A new event file; TensorBoard reads all of a folder in the order of their names. */
async function begin(folder: string, time: number): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  const seconds = String(Math.floor(time / 1000)).padStart(10, '0');
  for (let number = 0; ; number++) {
    const file = await open(join(folder, `events.out.tfevents.${seconds}.basinlab.${process.pid}.${number}`), 'ax').catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return null;
        throw error;
      },
    );
    if (file === null) continue;
    await append(file, [{ wallTime: time / 1000, fileVersion: 'brain.Event:2' }]);
    return file;
  }
}

const append = (file: FileHandle, events: readonly TensorboardEvent[]): Promise<void> =>
  file.appendFile(Buffer.concat(events.map((event) => recordOf(encodeEvent(event)))));
