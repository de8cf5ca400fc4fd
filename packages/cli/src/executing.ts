import { resolve } from 'node:path';
import process from 'node:process';
import type { Registry } from '@basinlab/core/container';
import { choosePlugin, describeJob, jobsOfPoints, liveJobs, type Point, runJobs, type Step } from '@basinlab/experiments';
import { type Command, Option } from 'commander';
import { type CommandContext, whole } from './command.js';
import type { Terminal } from './terminal.js';

/** Who does the work of a command, and what one of several processes does of it. */
export interface ExecutorFlags {
  readonly executor?: string;
  readonly jobs?: string;
  readonly only?: readonly string[];
  readonly step?: Step;
}

/** Adds `--executor` and `--jobs`, and what their processes are told. */
export const executorOptions = (command: Command): Command =>
  command
    .option('--executor <id[:key=value,...]>', 'who does it: local, slurm or one of a plugin (default: this process, one after another)')
    .option('--jobs <number>', 'jobs at once; alone it means --executor local')
    .addOption(new Option('--only <name...>', 'populations to work on').hideHelp())
    .addOption(new Option('--step <step>', 'how far').choices(['train', 'all']).hideHelp());

/** The flags of a command without those of this file. */
export const withoutExecutor = <F extends ExecutorFlags>(flags: F): Omit<F, keyof ExecutorFlags> => ({
  ...flags,
  executor: undefined,
  jobs: undefined,
  only: undefined,
  step: undefined,
});

/** How this command line is started elsewhere. */
function ownCommand(): string[] {
  const given = process.env['BASINLAB_COMMAND'];
  return given === undefined ? [process.execPath, ...process.execArgv, process.argv[1]!] : (JSON.parse(given) as string[]);
}

/** Whether flags give the work to an executor; otherwise this process does it. */
export const isExecuted = ({ executor, jobs }: ExecutorFlags): boolean => executor !== undefined || jobs !== undefined;

/** Gives a command's populations to the executor that its flags name, and waits for them. */
export async function execute(
  { folder, args, points, measured }: { folder: string; args: readonly string[]; points: readonly Point[]; measured: boolean },
  { executor: text = 'local', jobs = '1' }: ExecutorFlags,
  registry: Registry,
  { terminal, signal }: CommandContext,
): Promise<void> {
  const { plugin: executor, options } = choosePlugin('--executor', 'executor', text, registry);
  const list = { folder: resolve(folder), cwd: process.cwd(), command: ownCommand(), jobs: jobsOfPoints(args, points, { measured }) };
  const how = { executor, options, atOnce: whole('--jobs', jobs, 1), signal, onStatus: jobsReporter(terminal) };
  await runJobs({ ...list, ...how }).finally(() => terminal.live(''));
}

/** Shows jobs: a live table on a terminal, elsewhere a line for every change of a state. */
export function jobsReporter(terminal: Terminal): Parameters<typeof runJobs>[0]['onStatus'] {
  const states = new Map<string, string>();
  return (changed, all) => {
    terminal.live(liveJobs(all));
    if (!terminal.interactive && states.get(changed.job) !== changed.state && changed.state !== 'waiting' && changed.state !== 'queued')
      terminal.log(describeJob()(changed).trim());
    states.set(changed.job, changed.state);
  };
}
