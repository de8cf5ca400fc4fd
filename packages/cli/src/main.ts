import process from 'node:process';
import type { Outcome } from './command.js';
import { useConfiguration } from './configuration.js';
import { describeError } from './errors/describe.js';
import { Interrupted } from '@basinlab/experiments';
import { listenForInterrupts } from './interrupt.js';
import { createProgram } from './program.js';
import { openTerminal, type Terminal } from './terminal.js';

/**
 * Runs one command line and ends the process with its exit code: 0 done, 1 failed, 2 bad usage or config, 130 interrupted. With `--json`
 * standard output holds one JSON document, also for an error.
 */
export async function main(args: readonly string[]): Promise<never> {
  process.stdout.on('error', leaveOnClosedPipe);
  process.stderr.on('error', goOnWithoutLog);
  const terminal = openTerminal(process.stdout, process.stderr);
  const interrupts = listenForInterrupts((line) => terminal.log(line));
  // A limit on the size of files is an error of the write, not the end of the process.
  if (process.platform !== 'win32') process.on('SIGXFSZ', () => undefined);
  process.on('exit', refuseEarlyExit);
  const exitCode = await runCommandLine(args, terminal, interrupts.signal);
  interrupts.release();
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  leave(exitCode);
}

/** Runs one command line on a terminal of the caller's and returns its exit code. */
export async function runCommandLine(args: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  const json = args.includes('--json');
  let outcome: Outcome = { text: '', json: null };
  const program = createProgram({
    terminal,
    signal,
    json,
    finish: async (result) => {
      outcome = await result;
    },
  });
  const takeBack = useConfiguration(program, (line) => terminal.log(line));
  try {
    await program.parseAsync(args, { from: 'user' });
    if (signal.aborted) throw new Interrupted();
    if (json) terminal.out(JSON.stringify(outcome.json, null, 2));
    else if (outcome.text !== '') terminal.out(outcome.text);
    return outcome.exitCode ?? 0;
  } catch (caught) {
    // Whatever fails while the work is being stopped fails because of it.
    const error = signal.aborted ? new Interrupted() : caught;
    const { message, document, exitCode } = describeError(error);
    terminal.live('');
    if (message !== null) terminal.log(message);
    if (args.includes('--verbose') && error instanceof Error && message !== null) terminal.log(error.stack ?? '');
    if (json && exitCode !== 0) terminal.out(JSON.stringify({ error: document }, null, 2));
    return exitCode;
  } finally {
    takeBack();
  }
}

/** Code of others that ends the process (`process.exit` in a plugin) has not done the work. Node's own 13: nothing is left that it could wait for. */
function refuseEarlyExit(code: number): void {
  if (code !== 0 && code !== 13) return;
  process.exitCode = 1;
  process.stderr.write('basinlab: ended before the work was done, by code that it ran (process.exit in a plugin?)\n');
}

function leave(code: number): never {
  process.off('exit', refuseEarlyExit);
  process.exit(code);
}

/** `basinlab ... | head` closes our output: that is no error. */
function leaveOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') leave(0);
  throw error;
}

/** Who closes our log (`basinlab train 2>&1 >/dev/null | head`) does not want the work to end. */
function goOnWithoutLog(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

const drained = (stream: NodeJS.WriteStream): Promise<void> => new Promise((resolve) => stream.write('', () => resolve()));
