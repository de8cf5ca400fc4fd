import type { Observable } from 'rxjs';
import type { RunEvent } from '../contracts/run-event.js';
import { onDemand } from './on-demand.js';

/** Who was at work: a stage of a run and, where one is, the plugin. */
export interface StageLabel {
  readonly stage: string;
  readonly plugin?: string;
}

/** An error with the stage and plugin it came from: `train (adamw): loss must be finite, got NaN`. The exit code is that of its cause. */
export class StageError extends Error {
  override readonly name = 'StageError';
  readonly stage: string;
  readonly plugin: string | undefined;

  constructor({ stage, plugin }: StageLabel, cause: unknown) {
    super(`${stage}${plugin === undefined ? '' : ` (${plugin})`}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.stage = stage;
    this.plugin = plugin;
  }

  get exitCode(): number {
    const { exitCode } = (this.cause ?? {}) as { exitCode?: unknown };
    return typeof exitCode === 'number' ? exitCode : 1;
  }
}

/**
 * Labels the errors of one stage's events. Its return value is handed through, so that stages that build on each other are written as
 * `const models = yield* stage({ stage: 'train', plugin: 'adamw' }, train(...))`.
 */
export async function* stage<T, R>(label: StageLabel, body: AsyncIterable<T, R>): AsyncGenerator<T, R, undefined> {
  const iterator = body[Symbol.asyncIterator]();
  let finished = false;
  try {
    for (;;) {
      const step = await iterator.next();
      if (step.done === true) {
        finished = true;
        return step.value;
      }
      yield step.value;
    }
  } catch (error) {
    finished = true;
    // The innermost stage knows best.
    throw error instanceof StageError ? error : new StageError(label, error);
  } finally {
    // Cancelled at a yield: the stage's own `finally` blocks must run too.
    if (!finished) await iterator.return?.();
  }
}

export interface Stage<T = RunEvent> extends StageLabel {
  /** Events in order; stops within one step once `signal` is aborted. */
  run(signal: AbortSignal): AsyncIterable<T>;
}

/** Runs stages one after another; a stage begins when all events of the one before have been used up. */
export function runStages<T = RunEvent>(stages: Iterable<Stage<T>>): Observable<T> {
  return onDemand(async function* (signal) {
    for (const { run, ...label } of stages) {
      if (signal.aborted) return;
      yield* stage(label, run(signal));
    }
  });
}
