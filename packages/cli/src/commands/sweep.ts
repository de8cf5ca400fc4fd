import { makeFolder } from '@basinlab/core/store';
import { join, relative, resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { Scale } from '@basinlab/core';
import { textTable } from '@basinlab/report';
import { Option } from 'commander';
import {
  type AddCommand,
  collect,
  type CommandContext,
  engineOption,
  examples,
  type Outcome,
  outOption,
  pluginOption,
  seedOption,
  setOption,
  sinkOption,
} from '../command.js';
import {
  argumentsOf,
  modulePath,
  planSweep,
  runSweep,
  scales,
  shellLine,
  sweepRow,
  type SweepSummary,
  sweepTable,
  tellSinks,
  trainSweep,
  usageError,
  writeSweep,
} from '@basinlab/experiments';
import { createContainerWith } from '../container.js';
import { execute, type ExecutorFlags, executorOptions, isExecuted, withoutExecutor } from '../executing.js';
import { startEngine } from '../engines/select.js';
import { progressReporter } from '../progress/progress-line.js';
import { formatDuration } from '../progress/rate.js';

interface SweepFlags extends ExecutorFlags {
  readonly grid: readonly string[];
  readonly out?: string;
  readonly config?: string;
  readonly scale?: Scale;
  readonly points: string;
  readonly metric: readonly string[];
  readonly setMetric: readonly string[];
  readonly engine: string;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
  readonly seed?: string;
  readonly sink: readonly string[];
}

/** `basinlab sweep`: a run for every combination of settings. */
export const addSweep: AddCommand = (program, context) => {
  executorOptions(program.command('sweep'))
    .description('train a population for every combination of settings and compare them; goes on where it was interrupted')
    .argument('[preset]', 'where to start from, as of train')
    .addOption(
      new Option('--grid <path=values>', 'a setting and its values, separated by commas; may be repeated')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(outOption('runs/<preset>-sweep'))
    .option('--config <file>', 'JSON file with settings, or the config.json of a run')
    .addOption(new Option('--scale <scale>', 'how much of the preset').choices(scales))
    .option('--points <number>', 'points of the paths between pairs, both ends included; 0 measures no barriers', '11')
    .addOption(
      new Option('--metric <id...>', 'what else to measure on every run; options as --set-metric ID.key=value').default([], 'none'),
    )
    .addOption(
      new Option('--set-metric <id.key=value>', 'an option of a measurement; may be repeated').argParser(collect).default([], 'none'),
    )
    .addOption(setOption())
    .addOption(seedOption())
    .addOption(engineOption())
    .addOption(pluginOption())
    .addOption(sinkOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab sweep mnist-mlp-w --scale small --grid breaking.options.fixedScale=0,0.5,1,2', 'barriers by the scale of fixed weights'],
        ['basinlab sweep mnist-mlp-w --scale small --grid breaking.options.sparsity=0.5,1 --grid seed=1,2,3', 'six runs'],
        ['basinlab sweep mnist-mlp-w --scale small --grid breaking.options.fixedScale=0,1 --metric swap-cost', 'and what swaps cost'],
        ['basinlab sweep mnist-mlp-w --scale small --grid seed=1,2,3,4 --jobs 2', 'two at once, by processes of this machine'],
        ['basinlab sweep mnist-mlp-w --grid seed=1,2,3,4 --executor slurm:partition=gpu,gpus=1,time=2:00:00', 'by a cluster'],
        [`basinlab query "select * from results" runs/mnist-mlp-w-sweep`, 'its results in SQL'],
      ]),
    )
    .action((preset: string | undefined, flags: SweepFlags) => context.finish(sweep(preset, flags, context)));
};

async function sweep(preset: string | undefined, flags: SweepFlags, context: CommandContext): Promise<Outcome> {
  const { terminal, signal } = context;
  const { only, step } = flags;
  const own = withoutExecutor(flags);
  const folder = flags.out ?? (preset === undefined ? undefined : join('runs', `${preset}-sweep`));
  if (folder === undefined) throw usageError('sweep', '--out DIR, or a preset', undefined, 'Presets: basinlab train --list');
  const out = resolve(folder);
  const { registry, hashes } = await createContainerWith(flags.plugin.map(modulePath));
  const { title, axes, runs, requests, settings } = await planSweep({ ...own, preset, out, ...(only && { only }) }, registry);
  const tell = tellSinks(flags.sink, registry, (line) => terminal.log(line));
  const args = argumentsOf('sweep', [preset], { ...own, out });
  if (isExecuted(flags)) {
    await execute({ folder: out, args, points: runs, measured: requests.length > 0 }, flags, registry, context);
    return outcomeOf(out, JSON.parse(await readFile(join(out, 'sweep.json'), 'utf8')) as SweepSummary);
  }
  const since = performance.now();
  const engine = await startEngine(flags.engine, registry.list('engine'), (line) => terminal.log(line));
  await makeFolder(out);
  const progress = progressReporter(terminal);
  try {
    const options = { runs, requests, registry, plugins: hashes, engine, signal, wait: only !== undefined, tell };
    const emit = progress.next.bind(progress);
    if (step === 'train') await trainSweep({ ...options, emit });
    const outcomes = step === 'train' ? [] : await runSweep({ ...options, emit });
    if (only !== undefined) return { text: `Done: ${only.join(', ')}`, json: outcomes };
    const seconds = Math.round(performance.now() - since) / 1000;
    const told = argumentsOf('sweep', [preset], { ...own, ...unsaid(flags) });
    const rows = runs.map((run, index) => sweepRow(run, outcomes[index]!));
    const summary = { title, command: shellLine(['npx', 'basinlab', ...told]), engine: engine.id, seconds, grid: axes, settings, rows };
    await writeSweep(out, summary);
    return outcomeOf(out, summary);
  } finally {
    progress.close();
  }
}

/** What a report's command line leaves out: the folder, the engine of the machine, who else was told, what is the default anyway. */
const unsaid = ({ points }: SweepFlags) => ({
  out: undefined,
  engine: undefined,
  sink: undefined,
  ...(points === '11' ? { points: undefined } : {}),
});

function outcomeOf(out: string, summary: SweepSummary): Outcome {
  const { rows, grid, seconds, engine } = summary;
  const report = relative(process.cwd(), join(out, 'report.html'));
  const text = `${textTable(sweepTable(rows, grid))}\nDone in ${formatDuration(seconds)} on ${engine}. Report: ${report}`;
  return { text, json: { directory: out, ...summary } };
}
