import { Option, type Command } from 'commander';
import { modulePath, trustHere, usageError } from '@basinlab/experiments';
import type { Terminal } from './terminal.js';

/** What a command leaves on standard output: the text for people, or with `--json` the document. */
export interface Outcome {
  readonly text: string;
  readonly json: unknown;
  /** Default 0. */
  readonly exitCode?: number;
}

export interface CommandContext {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Whether standard output is for one JSON document only. */
  readonly json: boolean;
  /** Runs a command's work and keeps its outcome until everything else has been said. */
  finish(outcome: Promise<Outcome> | Outcome): Promise<void>;
}

/** Adds one command to the program. */
export type AddCommand = (program: Command, context: CommandContext) => void;

/** The help text's last part: what to type, and what it does. */
export function examples(lines: readonly (readonly [command: string, does: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, does]) => `  $ ${command.padEnd(width)}  # ${does}`).join('\n')}`;
}

export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const engineOption = () =>
  new Option('--engine <id>', 'what runs the tensors: auto, xla, tensorflow, wasm, cpu, or one of a plugin').default('auto');
export const setOption = () =>
  new Option('--set <path=value>', 'override one setting; may be repeated').argParser(collect).default([], 'none');
export const outOption = (fallback?: string) =>
  (fallback === undefined
    ? new Option('--out <dir>', 'folder for everything that is written').makeOptionMandatory()
    : new Option('--out <dir>', `folder for everything that is written (default: ${fallback})`)
  ).argParser((folder: string) => {
    if (folder.trim() === '') throw usageError('--out', 'a folder', '""', 'The working folder is "."');
    return folder;
  });
export const sinkOption = () =>
  new Option('--sink <id[:key=value,...]>', 'tell another tool of the run too: tensorboard, mlflow or one of a plugin; may be repeated')
    .argParser(collect)
    .default([], 'none');
/** Modules with plugins of the user's own. */
export const pluginOption = () =>
  new Option('--plugin <module>', 'load plugins from a module: a path or an installed package; may be repeated')
    .argParser((module: string, before: readonly string[]) => {
      trustHere(modulePath(module));
      return collect(module, before);
    })
    .default([], 'none');
export const seedOption = () => new Option('--seed <number>', 'short for --set seed=NUMBER');

/** A whole number from a flag. Throws a usage error for anything else. */
export function whole(id: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || text.trim() === '') throw usageError(id, `a whole number from ${least}`, text);
  return value;
}
