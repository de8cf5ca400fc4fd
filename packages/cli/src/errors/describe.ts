import { BasinlabError } from '@basinlab/core';
import { StageError } from '@basinlab/core/pipeline';
import { systemError } from '@basinlab/core/store';
import { CommanderError } from 'commander';
import { Interrupted } from '@basinlab/experiments';

export interface ErrorDescription {
  readonly exitCode: number;
  /** One line for people; null where everything has been said already. */
  readonly message: string | null;
  /** For `--json`. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** What an error means to whoever called the command: `<id>: <requirement>, got <value>. <remedy>` and the exit code. */
export function describeError(error: unknown): ErrorDescription {
  if (error instanceof Interrupted)
    return { exitCode: 130, message: 'basinlab: interrupted', document: { message: 'interrupted', exitCode: 130 } };
  if (error instanceof CommanderError) {
    // Help and version end this way too, with exit code 0. Commander has printed its message.
    const exitCode = error.exitCode === 0 ? 0 : 2;
    return { exitCode, message: null, document: { id: 'basinlab', message: error.message, exitCode } };
  }
  if (error instanceof StageError) {
    const inner = describeError(error.cause);
    return { ...inner, message: error.message, document: { ...inner.document, stage: error.stage, message: error.message } };
  }
  if (error instanceof BasinlabError) {
    const { id, requirement, got, details, exitCode, message } = error;
    return {
      exitCode,
      message,
      document: { id, requirement, got, ...(details.remedy === undefined ? {} : { remedy: details.remedy }), message, exitCode },
    };
  }
  const known = systemError(error);
  if (known !== null) return describeError(known);
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: 1, message: `basinlab: ${message}`, document: { id: 'basinlab', message, exitCode: 1 } };
}
