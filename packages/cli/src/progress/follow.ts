import type { RunEvent } from '@basinlab/core';
import type { Terminal } from '../terminal.js';
import { openProgressFile } from './progress-file.js';
import { progressReporter } from './progress-line.js';

/** Tells a run's progress on the terminal and in its folder, while `work` does it. */
export async function follow<T>(terminal: Terminal, folder: string, work: (emit: (event: RunEvent) => void) => Promise<T>): Promise<T> {
  const [line, file] = [progressReporter(terminal), openProgressFile(folder)];
  try {
    return await work((event) => {
      line.next(event);
      file.next(event);
    });
  } finally {
    line.close();
    await file.close();
  }
}
