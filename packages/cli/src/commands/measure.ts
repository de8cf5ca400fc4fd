import type { Measurement, MeasurementRow } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { needsOf } from '@basinlab/core/measurement';
import {
  measurableOn,
  openRuns,
  splitNames,
  usageError,
  type Asked,
  type LeftOut,
  type MeasurementTable,
  type SplitName,
  inForm,
} from '@basinlab/experiments';
import { Option } from 'commander';
import { engineOption, examples, pluginOption, setOption, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { loadingToo } from '../container.js';
import { listMeasurements, printTable } from '../measurements/print.js';
import { measureActivations } from '../measurements/activations.js';
import { measureOpened } from '../measurements/opened.js';

export interface MeasureFlags {
  readonly metric: readonly string[];
  readonly list?: boolean;
  readonly align: readonly string[];
  readonly split: readonly SplitName[];
  readonly epochs?: string;
  readonly epoch?: string;
  readonly samples: string;
  readonly seed: string;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
  readonly points?: string;
  readonly statistics?: string;
  readonly form?: string;
  readonly activations?: string;
  readonly out?: string;
  readonly engine: string;
}

/** `basinlab measure RUN...`: any measurement, built in or of a plugin, of trained runs or of activations from elsewhere. */
export const addMeasure: AddCommand = (program, context) => {
  program
    .command('measure')
    .description('measure trained runs: connectivity of pairs, costs of neurons, coherence, kernels, ...; --list shows what there is')
    .argument('[runs...]', 'runs (DIR), whose models are paired (1,2), (3,4), ..., or models (DIR:N); two models are a pair')
    .addOption(new Option('--metric <id...>', 'what to measure, all in one pass over the data').default(['linear-mode-connectivity']))
    .option('--list', 'list the measurements: what each looks at and yields')
    .addOption(new Option('--align <id...>', 'alignments of pairs and populations: none, and ids of re-basin plugins').default(['none']))
    .addOption(new Option('--split <name...>', 'which data').choices(splitNames).default(['test']))
    .option('--epochs <which>', 'epochs whose checkpoints are measured: last, all, or a list such as 0,5,10 (default: last)')
    .option('--epoch <number>', 'short for --epochs NUMBER')
    .option('--samples <number>', 'rows of a split whose activations are read, and on which alignments take a loss', '5000')
    .option('--points <number>', 'short for --set linear-mode-connectivity.points=NUMBER')
    .addOption(
      new Option('--statistics <how>', 'short for --set linear-mode-connectivity.statistics=HOW').choices(['interpolate', 'recompute']),
    )
    .option('--form <architecture>', 'measure models rewritten to another form with the same function, such as gpt2-circuits')
    .option('--activations <file>', 'Arrow file with activations captured elsewhere, in place of a run')
    .option('--out <dir>', 'folder of the files (default: that of the run; with --activations none)')
    .option('--seed <number>', 'seed of what is drawn at random', '1')
    .addOption(setOption())
    .addOption(pluginOption())
    .addOption(engineOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab measure runs/w', 'linear mode connectivity of the pairs of a population'],
        ['basinlab measure runs/standard --align none weight-matching activation-matching', 'also aligned'],
        ['basinlab measure runs/w --metric swap-cost subspace-coherence matching-objective cka', 'one pass over the data per model'],
        ['basinlab measure runs/w --metric matching-objective --epochs all', 'over training'],
        ['basinlab measure runs/w --metric swap-cost --set swap-cost.pairs=true', 'options of a measurement'],
        ['basinlab measure runs/standard:1 runs/other:1 --split train test', 'two models of two runs'],
        ['basinlab measure runs/gpt2 --form gpt2-circuits --align none circuit-matching', 'transformers whose residual stream is rotated'],
        ['basinlab measure runs/wide:1 runs/deep:1 --form gpt2-circuits --align circuit-matching', 'models of other sizes, brought to one'],
        ['basinlab measure --activations acts.arrow --metric cka', 'activations from PyTorch or JAX'],
        ['basinlab measure runs/w --plugin ./mine.mjs --metric mine', 'a measurement of your own'],
      ]),
    )
    .action((refs: readonly string[], flags: MeasureFlags) => context.finish(measure(refs, flags, context)));
};

async function measure(refs: readonly string[], flags: MeasureFlags, context: CommandContext): Promise<Outcome> {
  const load = loadingToo(flags.plugin);
  if (flags.list === true) return listing((await load([])).registry);
  if (flags.activations !== undefined) {
    if (refs.length > 0) throw usageError('measure', 'runs or --activations', 'both');
    return measureActivations(flags.activations, flags, (await load([])).registry, context);
  }
  if (refs.length === 0) throw usageError('measure', 'a run, DIR, or --activations FILE', 'none', 'Example: basinlab measure runs/w');
  const opened = await openRuns(refs, load);
  const { form } = flags;
  const runs = form === undefined ? opened : opened.map((named) => ({ ...named, run: inForm(named.run, form) }));
  const { leftOut, ...parsed } = await measurableOn(
    runs.map(({ run }) => run),
    askedBy(flags),
  );
  for (const { id, reason } of leftOut) context.terminal.log(`measure: left out ${id}: ${reason.message}`);
  const withheld = leftOut.length > 0 ? [] : runs.flatMap(({ run }) => (run.withheld ?? []).map(({ module }) => module));
  for (const module of new Set(withheld)) context.terminal.log(`measure: ${module} is not loaded, which this does not need`);
  const { engine, tables, files } = await measureOpened(runs, parsed, flags, context);
  return outcomeOf(engine, tables, files, leftOut);
}

/** The measurements and alignments that flags ask for. */
export function askedBy(flags: MeasureFlags): Asked {
  const short = (flag: string | undefined, option: string): string[] =>
    flag === undefined ? [] : [`linear-mode-connectivity.${option}=${flag}`];
  const set = [...short(flags.points, 'points'), ...short(flags.statistics, 'statistics'), ...flags.set];
  return { measurements: flags.metric, alignments: flags.align, set };
}

export interface Found {
  readonly measurement: Measurement;
  readonly table: MeasurementTable;
}

/** What the command prints: tables for people; with `--json` every row of every measurement. Exit code 1 where something was left out. */
export function outcomeOf(engine: string, found: readonly Found[], files: readonly string[], leftOut: readonly LeftOut[] = []): Outcome {
  const tables = found.map(({ measurement, table }) => printTable(measurement, table));
  const written = files.length === 0 ? '' : `\nWritten: ${files.filter((file) => file.endsWith('.parquet')).join(', ')}`;
  return {
    text: `${tables.join('\n\n')}${written}`,
    json: {
      engine,
      measurements: Object.fromEntries(found.map(({ measurement: { id }, table }) => [id, table])),
      rows: found.flatMap(({ measurement, table }) => (measurement.id === 'linear-mode-connectivity' ? pathsOf(table.rows) : [])),
      files,
      leftOut: leftOut.map(({ id, reason }) => ({ id, message: reason.message })),
    },
    exitCode: leftOut.length === 0 ? 0 : 1,
  };
}

/** One entry per path, with its points as lists. */
function pathsOf(rows: readonly MeasurementRow[]): Record<string, unknown>[] {
  const paths: { [key: string]: unknown; lambdas: unknown[]; accuracy: unknown[]; loss: unknown[] }[] = [];
  for (const { lambda, accuracy, loss, ...row } of rows) {
    if (lambda === null) paths.push({ ...row, lambdas: [], accuracy: [], loss: [] });
    else {
      const path = paths.at(-1)!;
      path.lambdas.push(lambda);
      path.accuracy.push(accuracy);
      path.loss.push(loss);
    }
  }
  return paths;
}

function listing(registry: Registry): Outcome {
  const measurements = registry.list('measurement');
  const json = measurements.map((measurement) => {
    const { id, summary, of, columns } = measurement;
    return { id, summary, of, needs: needsOf(measurement, measurement.options.parse({})), columns };
  });
  return { text: listMeasurements(measurements), json: { measurements: json } };
}
