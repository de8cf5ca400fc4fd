import { makeFolder } from '@basinlab/core/store';
import { join, relative, resolve } from 'node:path';
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
} from '../command.js';
import {
  checkFolders,
  combinations,
  modulePath,
  networkOf,
  parseGrid,
  parseRequests,
  resolveExperiment,
  runSweep,
  scales,
  startingPoint,
  sweepRow,
  type SweepRun,
  sweepTable,
  usageError,
  writeSweep,
} from '@basinlab/experiments';
import { createContainerWith } from '../container.js';
import { startEngine } from '../engines/select.js';
import { progressReporter } from '../progress/progress-line.js';
import { formatDuration } from '../progress/rate.js';

interface SweepFlags {
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
}

/** `basinlab sweep`: a run for every combination of settings. */
export const addSweep: AddCommand = (program, context) => {
  program
    .command('sweep')
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
    .addHelpText(
      'after',
      examples([
        ['basinlab sweep mnist-mlp-w --scale small --grid breaking.options.fixedScale=0,0.5,1,2', 'barriers by the scale of fixed weights'],
        ['basinlab sweep mnist-mlp-w --scale small --grid breaking.options.sparsity=0.5,1 --grid seed=1,2,3', 'six runs'],
        ['basinlab sweep mnist-mlp-w --scale small --grid breaking.options.fixedScale=0,1 --metric swap-cost', 'and what swaps cost'],
        [`basinlab query "select * from results" runs/mnist-mlp-w-sweep`, 'its results in SQL'],
      ]),
    )
    .action((preset: string | undefined, flags: SweepFlags) => context.finish(sweep(preset, flags, context)));
};

async function sweep(preset: string | undefined, flags: SweepFlags, { terminal, signal }: CommandContext): Promise<Outcome> {
  const axes = parseGrid(flags.grid);
  if (axes.length === 0)
    throw usageError('sweep', 'a setting to change', 'no --grid', 'Example: --grid breaking.options.fixedScale=0,0.5,1,2');
  const points = Number(flags.points);
  if (!Number.isInteger(points) || points < 0 || (points > 0 && points < 3))
    throw usageError('--points', 'a whole number from 3, or 0 for none', flags.points);
  const start = await startingPoint(preset, flags);
  const out = flags.out ?? (preset === undefined ? undefined : join('runs', `${preset}-sweep`));
  if (out === undefined) throw usageError('sweep', '--out DIR, or a preset', undefined, 'Presets: basinlab train --list');
  const { registry, hashes } = await createContainerWith(flags.plugin.map(modulePath));
  const connectivity = points === 0 || flags.metric.includes('linear-mode-connectivity') ? [] : ['linear-mode-connectivity'];
  const measurements = [...connectivity, ...flags.metric];
  const ofPaths = measurements.includes('linear-mode-connectivity') && points > 0 ? [`linear-mode-connectivity.points=${points}`] : [];
  const { requests } = parseRequests({ measurements, set: [...ofPaths, ...flags.setMetric] }, registry);
  const shared = [...start.overrides, ...flags.set, ...(flags.seed === undefined ? [] : [`seed=${flags.seed}`])];
  const runs = combinations(axes).map(({ overrides, ...combination }): SweepRun => {
    const experiment = resolveExperiment('sweep', start.base, [...shared, ...overrides], registry);
    // Wrong options are refused before anything is started.
    networkOf(experiment, registry);
    return { ...combination, overrides, experiment, directory: resolve(out, combination.name) };
  });
  refuseTwins(runs);
  await checkFolders(runs);
  const since = performance.now();
  const engine = await startEngine(flags.engine, registry.list('engine'), (line) => terminal.log(line));
  await makeFolder(resolve(out));
  const progress = progressReporter(terminal);
  try {
    const emit = progress.next.bind(progress);
    const outcomes = await runSweep({ runs, requests, registry, plugins: hashes, engine, signal, emit });
    const rows = runs.map((run, index) => sweepRow(run, outcomes[index]!));
    const seconds = Math.round(performance.now() - since) / 1000;
    const summary = {
      title: `Sweep of ${preset ?? 'settings'} over ${axes.map(({ name }) => name).join(', ')}`,
      command: commandLine(preset, flags),
      engine: engine.id,
      seconds,
      grid: axes,
      settings: resolveExperiment('sweep', start.base, shared, registry),
      rows,
    };
    const report = await writeSweep(resolve(out), summary);
    progress.close();
    const text = `${textTable(sweepTable(rows, axes))}\nDone in ${formatDuration(seconds)} on ${engine.id}. Report: ${relative(process.cwd(), report)}`;
    return { text, json: { directory: resolve(out), ...summary } };
  } finally {
    progress.close();
  }
}

/** Values that make the same folder's name, for example `a b` and `a-b`, would write into one. */
function refuseTwins(runs: readonly SweepRun[]): void {
  const names = runs.map(({ name }) => name);
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined) throw usageError('--grid', 'values whose names differ', twin);
}

function commandLine(preset: string | undefined, flags: SweepFlags): string {
  return [
    'npx basinlab sweep',
    ...(preset === undefined ? [] : [preset]),
    ...(flags.scale === undefined ? [] : [`--scale ${flags.scale}`]),
    ...(flags.config === undefined ? [] : [`--config ${quoted(flags.config)}`]),
    ...flags.grid.map((grid) => `--grid ${quoted(grid)}`),
    ...flags.set.map((override) => `--set ${quoted(override)}`),
    ...(flags.seed === undefined ? [] : [`--seed ${flags.seed}`]),
    ...(flags.points === '11' ? [] : [`--points ${flags.points}`]),
    ...(flags.metric.length === 0 ? [] : [`--metric ${flags.metric.join(' ')}`]),
    ...flags.setMetric.map((option) => `--set-metric ${quoted(option)}`),
  ].join(' ');
}

const quoted = (text: string): string => (/^[\w.=,:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
