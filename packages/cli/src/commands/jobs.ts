import { resolve } from 'node:path';
import {
  countJobs,
  demandDone,
  followJobs,
  heedScheduler,
  jobsTable,
  modulePath,
  openJobs,
  readJobs,
  runJobs,
  serveJobs,
  stoppedExitCode,
  watchJobs,
  workOn,
} from '@basinlab/experiments';
import { textTable } from '@basinlab/report';
import { type AddCommand, type CommandContext, examples, type Outcome, pluginOption } from '../command.js';
import { createContainerWith } from '../container.js';
import { jobsReporter } from '../executing.js';
import { runCommandLine } from '../main.js';
import { openTerminal } from '../terminal.js';

type Act = (jobs: Awaited<ReturnType<typeof openJobs>>, context: CommandContext) => Promise<Outcome>;

/** `basinlab jobs list|wait|cancel|resume DIR`: jobs that an executor has, from any shell. */
export const addJobs: AddCommand = (program, context) => {
  const jobs = program
    .command('jobs')
    .description('jobs that an executor has of a sweep or reproduction: list them, wait for them, cancel or resume them')
    .addHelpText(
      'after',
      examples([
        ['basinlab jobs list runs/mnist-mlp-w-sweep', 'how they stand'],
        ['basinlab jobs wait runs/mnist-mlp-w-sweep', 'until nothing is left to do'],
        ['basinlab jobs resume runs/mnist-mlp-w-sweep', 'start again what failed, was cancelled or was lost'],
      ]),
    );
  const add = (name: string, description: string, act: Act) =>
    jobs
      .command(`${name} <dir>`)
      .description(description)
      .addOption(pluginOption())
      .action(async (dir: string, { plugin }: { plugin: readonly string[] }) => {
        const { registry } = await createContainerWith(plugin.map(modulePath));
        return context.finish(act(await openJobs(resolve(dir), registry), context));
      });
  add('list', 'every job with its state', list);
  add('wait', 'show how they go until nothing is left to do; fails where a job has failed', wait);
  add('cancel', 'stop what runs and take the rest out of the queue', cancel);
  add('resume', 'give everything that is not done to the executor again, and wait', resume);
  jobs
    .command('work <dir> [id]', { hidden: true })
    .action(async (dir: string, id: string | undefined) => context.finish(work(resolve(dir), id, context)));
};

const list: Act = async ({ submitted, executor, options }) => {
  const { statuses } = await executor.look(submitted, options);
  return { text: `${textTable(jobsTable(statuses))}\n${countJobs(statuses)}`, json: { executor: submitted.executor, jobs: statuses } };
};

const wait: Act = async ({ submitted, executor, options }, { terminal, signal }) => {
  const watched = watchJobs(() => executor.look(submitted, options), signal);
  const statuses = await followJobs(watched, jobsReporter(terminal)).finally(() => terminal.live(''));
  demandDone(submitted.folder, submitted.jobs, statuses);
  return { text: countJobs([...statuses.values()]), json: { jobs: [...statuses.values()] } };
};

const cancel: Act = async ({ submitted, executor, options }) => {
  await executor.cancel(submitted, options);
  return { text: 'Cancelled. What was done stays; basinlab jobs resume goes on.', json: null };
};

const resume: Act = async ({ submitted, executor, options }, { terminal, signal }) => {
  await runJobs({ ...submitted, executor, options, signal, onStatus: jobsReporter(terminal) }).finally(() => terminal.live(''));
  return { text: `All ${submitted.jobs.length} jobs are done: ${submitted.folder}`, json: { folder: submitted.folder } };
};

/** What the processes of executors run: one job, or those that a pool sends. */
async function work(dir: string, id: string | undefined, { signal }: CommandContext): Promise<Outcome> {
  const submitted = await readJobs(dir);
  const run: Parameters<typeof serveJobs>[1] = (args, log, stop) =>
    runCommandLine(args, openTerminal({ write: (text) => log(text.trimEnd()) }, { write: (text) => log(text.trimEnd()) }), stop);
  const nothing = { text: '', json: null };
  if (id === undefined) return serveJobs(submitted, run, signal).then(() => nothing);
  const job = submitted.jobs.find((one) => one.id === id)!;
  const outcome = await workOn(submitted, job, { run, signal: AbortSignal.any([signal, heedScheduler()]) });
  return { ...nothing, exitCode: outcome === 'done' ? 0 : outcome === 'stopped' ? stoppedExitCode : 1 };
}
