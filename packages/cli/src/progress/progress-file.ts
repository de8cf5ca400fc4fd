import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '@basinlab/core';
import { atomicWrite } from '@basinlab/core/store';
import { describeProgress } from './progress-line.js';

/** Where a running command says how far it is, for whoever watches the folder. */
export const progressFile = 'progress.json';

/** How far a command was when it last said so. */
export interface FolderProgress {
  readonly line: string;
  readonly done: number;
  readonly total: number;
  /** ISO 8601. */
  readonly time: string;
}

export interface ProgressFile {
  next(event: RunEvent): void;
  /** Removes the file. */
  close(): Promise<void>;
}

/** Least time between two writes, in milliseconds. */
const pause = 1000;

/** Keeps `progress.json` in a folder up to date once the folder is there: one write at a time, at most one a second. */
export function openProgressFile(folder: string): ProgressFile {
  const path = join(folder, progressFile);
  let last = -Infinity;
  let writing = Promise.resolve();
  return {
    next(event) {
      if (event.kind !== 'progress' || performance.now() - last < pause || !existsSync(folder)) return;
      last = performance.now();
      const { done, total } = event;
      const said: FolderProgress = { line: describeProgress(event), done, total, time: new Date().toISOString() };
      // A folder that cannot be written to is told of by what writes results there.
      writing = writing.then(() => atomicWrite(path, JSON.stringify(said))).catch(() => undefined);
    },
    async close() {
      await writing;
      // What cannot be removed must not hide why the work has failed.
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}
