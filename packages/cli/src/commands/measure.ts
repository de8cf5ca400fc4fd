import { resolve } from 'node:path';
import type { Measurement, MeasurementRow } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { needsOf, type MeasuredRows } from '@basinlab/core/measurement';
import { drain } from '@basinlab/core/pipeline';
import { executionFor } from '@basinlab/core/training';
import {
  epochsOf,
  loadData,
  measureRun,
  openRuns,
  parseRequests,
  splitNames,
  tableOf,
  usageError,
  writeMeasurement,
  type MeasurementTable,
  type NamedRun,
  type ParsedRequests,
  type SplitName,
  inForm,
} from '@basinlab/experiments';
import { Option } from 'commander';
import { engineOption, examples, pluginOption, setOption, whole, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { loadingToo } from '../container.js';
import { startEngine } from '../engines/select.js';
import { listMeasurements, printTable } from '../measurements/print.js';
import { progressReporter } from '../progress/progress-line.js';
import { measureActivations } from '../measurements/activations.js';
import { measureAcross } from '../measurements/across.js';

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
  const [first] = runs;
  const parsed = parse(flags, first!.run.registry);
  if (!isPairOfModels(runs)) return measureEach(runs, parsed, flags, context);
  const { engine, tables, files } = await measureAcross(runs, parsed, flags, context);
  return outcomeOf(engine, tables, files);
}

/** The measurements and alignments that flags ask for. */
export function parse(flags: MeasureFlags, registry: Registry): ParsedRequests {
  const short = (flag: string | undefined, option: string): string[] =>
    flag === undefined ? [] : [`linear-mode-connectivity.${option}=${flag}`];
  const set = [...short(flags.points, 'points'), ...short(flags.statistics, 'statistics'), ...flags.set];
  return parseRequests({ measurements: flags.metric, alignments: flags.align, set }, registry);
}

const isPairOfModels = (runs: readonly NamedRun[]): boolean => runs.length === 2 && runs.every(({ models }) => models?.length === 1);

async function measureEach(
  runs: readonly NamedRun[],
  parsed: ParsedRequests,
  flags: MeasureFlags,
  context: CommandContext,
): Promise<Outcome> {
  const { terminal, signal } = context;
  const { requests, alignments } = parsed;
  const [samples, seed] = [whole('--samples', flags.samples, 2), whole('--seed', flags.seed, 0)];
  const ofPairs = requests.some(({ measurement }) => measurement.of === 'pair');
  for (const { run, name, models } of runs) {
    const count = models?.length ?? run.experiment.training.models;
    if (ofPairs && count < 2)
      throw usageError('measure', 'a run of at least two models', `${name} with ${count}`, 'Give two models: DIR:N DIR:N');
  }
  const epochs = await Promise.all(
    runs.map(({ run }) =>
      epochsOf(
        run,
        epochsAsked(
          flags,
          requests.map(({ measurement }) => measurement),
        ),
      ),
    ),
  );
  const engine = await startEngine(flags.engine, runs[0]!.run.registry.list('engine'), (line) => terminal.log(line));
  const progress = progressReporter(terminal);
  const found: MeasuredRows[][] = requests.map(() => []);
  const files: string[] = [];
  try {
    for (const [at, { run, name, models }] of runs.entries()) {
      const own: MeasuredRows[][] = requests.map(() => []);
      const data = await loadData(run.experiment, run.registry);
      try {
        const labels = runs.length > 1 ? { run: name } : {};
        const measured = measureRun({
          ...{ run, data, requests, alignments, models, labels, samples, seed, splits: flags.split, epochs: epochs[at]! },
          execution: executionFor(engine.platform),
          progress: (event) => progress.next(event),
        });
        await drain(measured, {
          signal,
          onEvent: (event) => (event.kind === 'measured' ? void own[event.request]!.push(event) : progress.next(event)),
        });
      } finally {
        data.dispose();
      }
      own.forEach((rows, index) => found[index]!.push(...rows));
      if (flags.out !== undefined) continue;
      for (const [index, { measurement, options }] of requests.entries()) {
        const table = tableOf(measurement, own[index]!.map(withoutRun));
        const settings = settingsOf(flags, epochs[at]!, engine.id);
        files.push(...(await writeMeasurement({ directory: run.directory, measurement, options, table, settings })));
      }
    }
  } finally {
    progress.close();
  }
  const tables = requests.map(({ measurement, options }, index) => ({ measurement, options, table: tableOf(measurement, found[index]!) }));
  if (flags.out !== undefined) {
    const settings = settingsOf(flags, [...new Set(epochs.flat())], engine.id);
    for (const one of tables) files.push(...(await writeMeasurement({ directory: resolve(flags.out), ...one, settings })));
  }
  return outcomeOf(engine.id, tables, files);
}

/** In its own folder a run need not say its name. */
const withoutRun = ({ labels: { run: _, ...labels }, ...measured }: MeasuredRows): MeasuredRows => ({ ...measured, labels });

const settingsOf = ({ align, split, samples, seed, form }: MeasureFlags, epochs: readonly number[], engine: string) => ({
  ...{ alignments: align, splits: split, epochs, samples: Number(samples), seed: Number(seed), engine },
  ...(form === undefined ? {} : { form }),
});

/** Trajectories need more than one epoch: theirs are all that are kept unless said otherwise. */
function epochsAsked({ epochs, epoch }: MeasureFlags, measurements: readonly Measurement[]): 'last' | 'all' | readonly number[] {
  const text = epochs ?? epoch ?? (measurements.every(({ of }) => of === 'trajectory') ? 'all' : 'last');
  if (text === 'last' || text === 'all') return text;
  return text.split(',').map((part) => whole('--epochs', part, 0));
}

export interface Found {
  readonly measurement: Measurement;
  readonly table: MeasurementTable;
}

/** What the command prints: tables for people; with `--json` every row of every measurement. */
export function outcomeOf(engine: string, found: readonly Found[], files: readonly string[]): Outcome {
  const tables = found.map(({ measurement, table }) => printTable(measurement, table));
  const written = files.length === 0 ? '' : `\nWritten: ${files.filter((file) => file.endsWith('.parquet')).join(', ')}`;
  return {
    text: `${tables.join('\n\n')}${written}`,
    json: {
      engine,
      measurements: Object.fromEntries(found.map(({ measurement: { id }, table }) => [id, table])),
      rows: found.flatMap(({ measurement, table }) => (measurement.id === 'linear-mode-connectivity' ? pathsOf(table.rows) : [])),
      files,
    },
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
