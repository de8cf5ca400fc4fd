import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../main.js';
import { openTerminal } from '../terminal.js';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const start = `import { main } from ${JSON.stringify(new URL('../main.ts', import.meta.url).href)}; await main(process.argv.slice(1));`;

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly log: string;
}

export interface CliRun {
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
}

/** How the command is started from its sources. */
const sourceCommand: readonly string[] = [
  process.execPath,
  '--no-warnings',
  '--conditions=basinlab-source',
  '--import',
  here('../../../../tools/source-loader.mjs'),
  '--input-type=module',
  '-e',
  start,
  '--',
];

/** Starts the command from its sources, as a process of its own. */
export function startCli(
  args: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string>>; command?: readonly string[] } = {},
): CliRun {
  const [program, ...first] = options.command ?? sourceCommand;
  const child = spawn(program!, [...first, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let log = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (log += data.toString()));
  const result = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, out, log }));
  });
  return { child, result };
}

export const runCli = (...args: string[]): Promise<CliResult> => startCli(args).result;

/** The same in this process, without its start: for everything but signals, streams and the exit itself. */
export async function inProcess(...args: string[]): Promise<Omit<CliResult, 'signal'>> {
  const [out, log]: [string[], string[]] = [[], []];
  const terminal = openTerminal({ write: (text: string) => out.push(text) }, { write: (text: string) => log.push(text) });
  const code = await runCommandLine(args, terminal, new AbortController().signal);
  return { code, out: out.join(''), log: log.join('') };
}
