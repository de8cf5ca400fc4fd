import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Reproduction, Scale } from '@basinlab/core';
import { argumentsOf, modulePath, scales, shellLine, tellSinks } from '@basinlab/experiments';
import { textTable } from '@basinlab/report';
import {
  claimLines,
  estimate,
  planReproduction,
  reproduce,
  reproducePart,
  splitReproduction,
  summaryTable,
  type ReproduceOptions,
  type Summary,
} from '@basinlab/reproductions';
import { Option } from 'commander';
import {
  engineOption,
  examples,
  outOption,
  pluginOption,
  seedOption,
  setOption,
  sinkOption,
  type AddCommand,
  type CommandContext,
  type Outcome,
} from '../command.js';
import { createContainer, createContainerWith } from '../container.js';
import { startEngine } from '../engines/select.js';
import { execute, type ExecutorFlags, executorOptions, isExecuted, withoutExecutor } from '../executing.js';
import { follow } from '../progress/follow.js';
import { formatDuration } from '../progress/rate.js';

interface ReproduceFlags extends ExecutorFlags {
  readonly scale: Scale;
  readonly out?: string;
  readonly runs?: string;
  readonly engine: string;
  readonly set: readonly string[];
  readonly metric: readonly string[];
  readonly plugin: readonly string[];
  readonly seed?: string;
  readonly sink: readonly string[];
  readonly fresh?: boolean;
  readonly estimate?: boolean;
}

/** `basinlab reproduce [ID]`: a figure or table of a paper, or the list of them. */
export const addReproduce: AddCommand = (program, context) => {
  executorOptions(program.command('reproduce'))
    .description('reproduce a figure or table of a paper; without an id list them with status, command and cost')
    .argument('[id]', 'which one')
    .addOption(
      new Option('--scale <scale>', 'how much of it: a trial, minutes on two cores, or the whole').choices(scales).default('small'),
    )
    .addOption(outOption('runs/<id>'))
    .option('--runs <dir>', 'folder of trained populations, which figures share (default: runs/populations, or with --out DIR/populations)')
    .addOption(engineOption())
    .addOption(setOption())
    .addOption(seedOption())
    .addOption(new Option('--metric <id...>', 'measurements beside those of the figure, on all its populations').default([], 'none'))
    .addOption(pluginOption())
    .addOption(sinkOption())
    .option('--estimate', 'say how long it will take on this machine, by a short trial, and stop')
    .option('--fresh', 'train again what is already in the folder')
    .addHelpText(
      'after',
      examples([
        ['basinlab reproduce', 'every figure and table of the three papers'],
        ['basinlab reproduce mnist-mlp-lmc', 'train, align, measure, report: a few minutes'],
        ['basinlab reproduce mnist-mlp-lmc --scale paper --estimate', 'how long the set-up of the paper takes here'],
        ['basinlab reproduce mnist-mlp-lmc --set model.width=256', 'the same with narrower networks'],
        ['basinlab reproduce mnist-mlp-lmc --set training.epochs=20', 'settings of every population, as train takes them'],
        ['basinlab reproduce mnist-mlp-lmc --jobs 2', 'populations by two processes at once'],
        ['basinlab reproduce mnist-mlp-lmc --sink mlflow', 'what is trained and measured, a run per population, for MLflow too'],
        ['basinlab reproduce mine --plugin ./mine.mjs', 'a figure of your own'],
      ]),
    )
    .action((id: string | undefined, flags: ReproduceFlags) =>
      context.finish(id === undefined ? listing(flags) : runReproduction(id, flags, context)),
    );
};

async function listing({ plugin }: ReproduceFlags): Promise<Outcome> {
  const reproductions =
    plugin.length === 0
      ? createContainer().list('reproduction')
      : (await createContainerWith(plugin.map(modulePath))).registry.list('reproduction');
  const entries = reproductions.map(({ id, paper, where, title, summary, cost }) => ({
    ...{ id, paper: paper.id, where, title, shows: summary, cost },
    command: `basinlab reproduce ${id}`,
  }));
  const papers = Object.fromEntries(reproductions.map(({ paper }) => [paper.id, { title: paper.title, url: paper.url }]));
  const width = Math.max(...entries.map(({ id }) => id.length));
  const text = Object.entries(papers).map(([letter, { title, url }]) => {
    const lines = entries
      .filter(({ paper }) => paper === letter)
      .flatMap(({ id, where, shows, cost, command }) => [
        `  ${id.padEnd(width)}  ${where}: ${shows}`,
        `  ${' '.repeat(width)}  cost: ${cost}; command: ${command}`,
      ]);
    return `${letter}: ${title}, ${url}\n\n${lines.join('\n')}\n`;
  });
  return { text: text.join('\n'), json: { papers, reproductions: entries } };
}

async function runReproduction(id: string, flags: ReproduceFlags, context: CommandContext): Promise<Outcome> {
  const { terminal, signal } = context;
  const { registry, hashes } = await createContainerWith(flags.plugin.map(modulePath));
  const reproduction = registry.resolve('reproduction', id);
  const set = flags.seed === undefined ? flags.set : [...flags.set, `seed=${flags.seed}`];
  const { scale, metric: metrics } = flags;
  // Wrong settings are refused before an engine starts.
  const tell = flags.sink.length === 0 ? undefined : tellSinks(flags.sink, registry, (line) => terminal.log(line));
  planReproduction({ reproduction, scale, set, registry, metrics, ...(tell && { tell }) });
  const out = resolve(flags.out ?? join('runs', id));
  const store = resolve(flags.runs ?? (flags.out === undefined ? join('runs', 'populations') : join(out, 'populations')));
  const { only, step } = flags;
  const before = {
    reproduction,
    scale,
    set,
    metrics,
    registry,
    signal,
    out,
    store,
    plugins: hashes,
    ...(only && { only }),
    ...(step && { step }),
    ...(tell && { tell }),
  };
  const own = { ...withoutExecutor(flags), set, seed: undefined, fresh: undefined, estimate: undefined };
  if (flags.estimate !== true && isExecuted(flags)) {
    const parts = await splitReproduction({ ...before, fresh: flags.fresh ?? false });
    await execute({ folder: out, args: argumentsOf('reproduce', [id], { ...own, out, runs: store }), ...parts }, flags, registry, context);
    return outcomeOf(reproduction, JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as Summary, join(out, 'report.html'));
  }
  const engine = await startEngine(flags.engine, registry.list('engine'), (line) => terminal.log(line));
  const told = argumentsOf('reproduce', [id], { ...own, engine: engine.id, out: undefined, runs: undefined, sink: undefined });
  const command = shellLine(['npx', 'basinlab', ...told]);
  const options: Omit<ReproduceOptions, 'emit'> = { ...before, engine, fresh: flags.fresh ?? false, command };
  if (only !== undefined) {
    await follow(terminal, out, (emit) => reproducePart({ ...options, emit }));
    return { text: `Done: ${only.join(', ')}`, json: { done: only } };
  }
  if (flags.estimate === true || scale === 'paper') {
    const estimated = await estimateOf(options);
    if (flags.estimate === true) return estimated;
    terminal.log(estimated.text);
  }
  const { summary, report } = await follow(terminal, out, (emit) => reproduce({ ...options, emit }));
  return outcomeOf(reproduction, summary, report);
}

function outcomeOf(reproduction: Reproduction, summary: Summary, report: string): Outcome {
  const where = relative(process.cwd(), report);
  const text = `${resultOf(reproduction, summary)}\nDone in ${formatDuration(summary.seconds)} on ${summary.engine}. Report: ${where.startsWith('..') ? report : where}`;
  return { text, json: summary };
}

/** What people read in the terminal. */
function resultOf(reproduction: Reproduction, summary: Summary): string {
  const claims = summary.claims.length === 0 ? '' : `\nAgainst the paper:\n${claimLines(summary)}\n`;
  return `${textTable(summaryTable(summary, reproduction.across))}\n${claims}`;
}

async function estimateOf(options: Omit<ReproduceOptions, 'emit'>): Promise<Outcome> {
  const parts = await estimate(options);
  const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
  const lines = parts.map(({ part, seconds }) => `  ${formatDuration(seconds).padStart(9)}  ${part}`);
  const text = `Estimated from a short trial on this machine: ${formatDuration(total)}\n${lines.join('\n')}`;
  return { text, json: { id: options.reproduction.id, scale: options.scale, seconds: total, parts } };
}
