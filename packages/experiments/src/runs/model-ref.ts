import { usageError } from '../errors/usage-error.js';

/** A model on the command line: `runs/w:2` is the second model of a run. */
export interface ModelRef {
  readonly directory: string;
  /** Counted from 1. */
  readonly model: number;
}

/** Reads `DIR:N`. Throws a usage error on anything else. */
export function parseModelRef(text: string): ModelRef {
  const match = /^(.+):(\d+)$/.exec(text);
  const model = Number(match?.[2] ?? 0);
  if (match === null || model < 1)
    throw usageError('model', 'DIR:N, the folder of a run and the number of a model from 1', text, 'Example: runs/standard:1');
  return { directory: match[1]!, model };
}
