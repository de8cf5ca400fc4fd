import type { RunEvent, SinkRun, SinkWriter } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { choosePlugin } from '../experiment/plugin-choice.js';

/** Does the work of a run, and tells sinks what it emits. */
export type TellSinks = <T>(
  run: SinkRun,
  emit: (event: RunEvent) => void,
  work: (emit: (event: RunEvent) => void) => Promise<T>,
) => Promise<T>;

/** Where no sink is asked for. */
export const tellNoSink: TellSinks = (_, emit, work) => work(emit);

/**
 * Sinks as `--sink` names them (`tensorboard`, `mlflow:directory=mlruns,experiment=mine`), told of every run that is given. One is opened by a run's first event, so that a run of which there is nothing to tell leaves
 * nothing; one that fails is told of by `log` and left out of that run from then on: the run goes on, and its own folder holds everything. Throws usage errors.
 */
export function tellSinks(texts: readonly string[], registry: Registry, log: (line: string) => void): TellSinks {
  const chosen = texts.map((text) => choosePlugin('--sink', 'sink', text, registry));
  if (chosen.length === 0) return tellNoSink;
  return async (run, emit, work) => {
    const feeds = chosen.map(({ plugin: sink, options }) => {
      const failed = (error: Error): void => log(`basinlab: sink ${sink.id} stopped: ${error.message}`);
      return feedOf(() => sink.open(run, options), failed);
    });
    let status: 'finished' | 'failed' = 'failed';
    try {
      const result = await work((event) => {
        emit(event);
        const time = Date.now();
        for (const feed of feeds) feed.next(event, time);
      });
      status = 'finished';
      return result;
    } finally {
      for (const feed of feeds) await feed.close(status);
    }
  };
}

/** Writes one event after the other, until one fails. */
function feedOf(open: () => Promise<SinkWriter>, onFailure: (error: Error) => void) {
  let writer: SinkWriter | undefined;
  let hasFailed = false;
  let last: Promise<void> = Promise.resolve();
  const then = (use: () => Promise<void>): Promise<void> => {
    last = last
      .then(() => (hasFailed ? undefined : use()))
      .catch((error: unknown) => {
        hasFailed = true;
        onFailure(error as Error);
      });
    return last;
  };
  return {
    next(event: RunEvent, time: number): void {
      void then(async () => {
        writer ??= await open();
        await writer.write(event, time);
      });
    },
    /** Waits until everything has been taken. */
    close: (status: 'finished' | 'failed'): Promise<void> => then(async () => writer?.close(status)),
  };
}
