// The command line in this process, without its terminal.
import { openTerminal } from '../../packages/cli/src/terminal.ts';
import { runCommandLine } from '../../packages/cli/src/main.ts';

/** Runs one command line; what it says on the two streams, and its exit code. */
export async function inProcess(...args) {
  const [out, log] = [[], []];
  const terminal = openTerminal({ write: (text) => out.push(text) }, { write: (text) => log.push(text) });
  const code = await runCommandLine(args, terminal, new globalThis.AbortController().signal);
  return { code, out: out.join(''), log: log.join('') };
}
