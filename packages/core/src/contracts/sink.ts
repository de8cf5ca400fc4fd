import type { ZodType } from 'zod';
import type { RunEvent } from './run-event.js';

/** A run that a sink is told of. */
export interface SinkRun {
  /** What people call it; need not be unique. */
  readonly name: string;
  /** Its resolved settings, as `config.json` holds them. */
  readonly config: unknown;
}

/** Takes the events of one run, in order. */
export interface SinkWriter {
  /** One event and when it happened, in milliseconds since 1970. A sink ignores what it has no use for. */
  write(event: RunEvent, time: number): Promise<void>;
  /** Leaves everything readable by the tool it is for. No event follows. */
  close(status: 'finished' | 'failed'): Promise<void>;
}

/** Where the numbers of a run, of its training and of what is measured on it, go beside its own folder: TensorBoard, MLflow, a service of your own. */
export interface Sink<O = unknown> {
  readonly id: string;
  readonly summary: string;
  /** Where it writes, and whatever else it wants to know. */
  readonly options: ZodType<O>;
  open(run: SinkRun, options: O): Promise<SinkWriter>;
}
