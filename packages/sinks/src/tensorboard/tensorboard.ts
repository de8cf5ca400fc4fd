import { open, mkdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sink } from '@basinlab/core';
import { z } from 'zod';
import { fileNameOf } from '../file-name.js';
import { scalarsOf } from '../scalars.js';
import { encodeEvent, recordOf, type TensorboardEvent } from './event-file.js';

const options = z.strictObject({
  directory: z.string().min(1).default('tensorboard').describe('folder that tensorboard --logdir is pointed at'),
});
/** Options of `tensorboard`. */
export type TensorboardOptions = z.output<typeof options>;

/** Event files of TensorBoard: a folder for the run, one below it for each model, so that curves of the same name lie over each other. */
export const tensorboard: Sink<TensorboardOptions> = {
  id: 'tensorboard',
  summary: 'event files that TensorBoard shows, one curve per model',
  options,
  async open({ name }, { directory }) {
    const home = join(directory, fileNameOf(name));
    await mkdir(home, { recursive: true });
    const files = new Map<number | null, Promise<FileHandle>>();
    const fileOf = (model: number | null, time: number): Promise<FileHandle> => {
      const known = files.get(model);
      if (known !== undefined) return known;
      const opened = begin(model === null ? home : join(home, `model-${model}`), time);
      files.set(model, opened);
      return opened;
    };
    return {
      async write(event, time) {
        for (const { model, step, name: tag, value } of scalarsOf(event))
          await append(await fileOf(model, time), { wallTime: time / 1000, step, scalars: [{ tag, value }] });
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
    await append(file, { wallTime: time / 1000, fileVersion: 'brain.Event:2' });
    return file;
  }
}

const append = (file: FileHandle, event: TensorboardEvent): Promise<void> => file.appendFile(recordOf(encodeEvent(event)));
