import type { RunEvent, SinkRun } from '@basinlab/core';
import type { ChosenSink } from '@basinlab/experiments';
import { Option } from 'commander';
import { collect } from './command.js';
import type { Terminal } from './terminal.js';

export const sinkOption = () =>
  new Option('--sink <id[:key=value,...]>', 'tell another tool of the run too: tensorboard, mlflow or one of a plugin; may be repeated')
    .argParser(collect)
    .default([], 'none');

export interface SinkFeed {
  next(event: RunEvent): void;
  /** Waits until the sinks have taken everything. */
  close(status: 'finished' | 'failed'): Promise<void>;
}

/** Opens sinks for a run. One that fails is told of and left out from then on: the run goes on, and its own folder holds everything. */
export async function openSinks(chosen: readonly ChosenSink[], run: SinkRun, terminal: Terminal): Promise<SinkFeed> {
  const writers = await Promise.all(chosen.map(async ({ sink, options }) => ({ id: sink.id, writer: await sink.open(run, options) })));
  const feeds = writers.map(({ id, writer }) => {
    let failed = false;
    let last: Promise<void> = Promise.resolve();
    const then = (work: () => Promise<void>): void => {
      last = last
        .then(() => (failed ? undefined : work()))
        .catch((error: unknown) => {
          failed = true;
          terminal.log(`basinlab: sink ${id} stopped: ${(error as Error).message}`);
        });
    };
    return { then, writer, settled: () => last };
  });
  return {
    next(event) {
      const time = Date.now();
      for (const { then, writer } of feeds) then(() => writer.write(event, time));
    },
    async close(status) {
      for (const { then, writer, settled } of feeds) {
        then(() => writer.close(status));
        await settled();
      }
    },
  };
}
