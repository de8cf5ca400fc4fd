import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { EngineInfo, Scale } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import { formatWithError, meanWithError, textTable } from '@basinlab/report';
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
import {
  type Experiment,
  fitToData,
  loadData,
  type ModelResult,
  modulePath,
  openExperiment,
  withAllModules,
  presetRow,
  presets,
  resolveExperiment,
  scales,
  startingPoint,
  tellSinks,
  type TellSinks,
  trainAndTest,
  usageError,
} from '@basinlab/experiments';
import { createContainer, createContainerWith, loadingToo } from '../container.js';
import { startEngine } from '../engines/select.js';
import { follow } from '../progress/follow.js';

interface TrainFlags {
  readonly list?: boolean;
  readonly out?: string;
  readonly config?: string;
  readonly scale?: Scale;
  readonly engine: string;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
  readonly seed?: string;
  readonly sink: readonly string[];
}

interface ResumeFlags extends Pick<TrainFlags, 'engine' | 'plugin' | 'sink'> {
  readonly devices?: string;
}

/** `basinlab train`: a population into a folder. */
export const addTrain: AddCommand = (program, context) => {
  program
    .command('train')
    .description('train a population of networks: a preset, a file of settings or, without either, the MNIST MLP of the paper')
    .argument('[preset]', 'a published experiment by name; --list shows them')
    .option('--list', 'list the presets')
    .addOption(outOption('runs/<preset>'))
    .option('--config <file>', 'JSON file with settings, or the config.json of a run')
    .addOption(new Option('--scale <scale>', 'how much of a preset: a trial, minutes on two cores, or the whole').choices(scales))
    .addOption(setOption())
    .addOption(seedOption())
    .addOption(engineOption())
    .addOption(pluginOption())
    .addOption(sinkOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab train --list', 'every preset, with the config of the reference that it is'],
        ['basinlab train mnist-mlp-w --scale small', 'two W networks on MNIST, 4 epochs, into runs/mnist-mlp-w'],
        ['basinlab train cifar10-resnet20-syre --out runs/syre --set training.models=4', 'four of the sixteen networks'],
        ['basinlab train --out runs/w --set breaking.id=w --set breaking.options.fixedPerUnit=[64,64,64,256]', 'settings one by one'],
        ['basinlab train mnist-mlp-w --sink tensorboard:directory=logs', 'curves that tensorboard --logdir logs follows'],
        ['basinlab train --out runs/mine --plugin ./my-breaking.mjs --set breaking.id=mine', 'your own breaking'],
      ]),
    )
    .action((preset: string | undefined, flags: TrainFlags) =>
      context.finish(flags.list === true ? listPresets() : train(preset, flags, context)),
    );
};

/** `basinlab resume`: goes on with an interrupted run. */
export const addResume: AddCommand = (program, context) => {
  program
    .command('resume')
    .description('go on with an interrupted run, to the parameters it would have had without the interruption')
    .argument('<dir>', 'folder of the run')
    .option(
      '--devices <number>',
      'on how many devices of the engine models that take turns move from here on, or auto (default: as the run began)',
    )
    .addOption(engineOption())
    .addOption(pluginOption())
    .addOption(sinkOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab resume runs/standard', 'nothing is done where it has finished'],
        ['basinlab resume runs/standard --devices 2', 'a run that began on a machine with eight'],
      ]),
    )
    .action((directory: string, flags: ResumeFlags) => context.finish(resume(resolve(directory), flags, context)));
};

function listPresets(): Outcome {
  const registry = createContainer();
  const rows = presets.map((preset) => presetRow(preset, registry));
  const text = textTable({
    caption: 'Presets: basinlab train ID. Reference: the config of the code of arXiv 2606.04754.',
    columns: ['id', 'network', 'breaking', 'data', 'optimiser', 'models x epochs', 'reference'].map((header) => ({ header })),
    rows: rows.map((row) => [
      row.id,
      row.network,
      row.breaking,
      row.data,
      row.optimizer,
      `${row.models} x ${row.epochs}`,
      row.reference.join(', ') || null,
    ]),
  });
  return { text, json: { presets: rows } };
}

async function train(preset: string | undefined, flags: TrainFlags, context: CommandContext): Promise<Outcome> {
  const start = await startingPoint(preset, flags);
  const out = flags.out ?? (preset === undefined ? undefined : join('runs', preset));
  if (out === undefined) throw usageError('train', '--out DIR, or a preset', undefined, 'Presets: basinlab train --list');
  const { registry, hashes } = await createContainerWith(flags.plugin.map(modulePath));
  const overrides = [...start.overrides, ...flags.set, ...(flags.seed === undefined ? [] : [`seed=${flags.seed}`])];
  const experiment = resolveExperiment('train', start.base, overrides, registry);
  const directory = resolve(out);
  if (existsSync(join(directory, 'config.json')))
    throw usageError(directory, 'a folder without a run', 'one with config.json', `Go on with it: basinlab resume ${out}`);
  const tell = tellSinks(flags.sink, registry, (line) => context.terminal.log(line));
  return work({ directory, experiment, registry, plugins: hashes, tell }, flags.engine, context);
}

async function resume(directory: string, { devices, engine, plugin, sink }: ResumeFlags, context: CommandContext): Promise<Outcome> {
  const opened = withAllModules(await openExperiment(directory, loadingToo(plugin)));
  const { registry } = opened;
  const experiment =
    devices === undefined ? opened.experiment : resolveExperiment('resume', opened.experiment, [`training.devices=${devices}`], registry);
  const tell = tellSinks(sink, registry, (line) => context.terminal.log(line));
  return work({ ...opened, experiment, plugins: {}, tell }, engine, context);
}

interface Work {
  readonly directory: string;
  readonly experiment: Experiment;
  readonly registry: Registry;
  readonly plugins: Readonly<Record<string, string>>;
  readonly tell: TellSinks;
}

async function work(job: Work, engineId: string, { terminal, signal }: CommandContext): Promise<Outcome> {
  const { directory, experiment, registry } = job;
  const engine: EngineInfo = await startEngine(engineId, registry.list('engine'), (line) => terminal.log(line));
  const data = await loadData(experiment, registry);
  try {
    const fitted = fitToData(experiment, registry, data);
    const { models } = await follow(terminal, directory, (show) =>
      job.tell({ name: basename(directory), config: fitted }, show, (emit) =>
        trainAndTest({ ...job, experiment: fitted, engine, data, signal, emit }),
      ),
    );
    return { text: `${resultTable(models)}\nRun: ${directory}`, json: { directory, engine: engine.id, experiment: fitted, models } };
  } finally {
    data.dispose();
  }
}

function resultTable(models: readonly ModelResult[]): string {
  const accuracy = meanWithError(models.map((result) => 100 * result.accuracy));
  return textTable({
    columns: [{ header: 'model' }, { header: 'test accuracy (%)', align: 'right' }, { header: 'test loss', align: 'right' }],
    rows: [
      ...models.map(({ model, accuracy: share, loss }) => [String(model), (100 * share).toFixed(2), loss.toFixed(4)]),
      ['mean', formatWithError(accuracy.mean, accuracy.standardError), ''],
    ],
  });
}
