import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { examples, outOption, pluginOption, setOption, type AddCommand, type Outcome } from '../command.js';
import {
  fixedScaleOf,
  importRun,
  modulePath,
  networkOf,
  resolveExperiment,
  savedModelIn,
  type SavedModel,
  settingsIn,
  startingPoint,
  usageError,
  weightFormatOf,
} from '@basinlab/experiments';
import { createContainerWith } from '../container.js';
import { startEngine } from '../engines/select.js';

interface ImportFlags {
  readonly out: string;
  readonly preset?: string;
  readonly config?: string;
  readonly set: readonly string[];
  readonly plugin: readonly string[];
}

/** `basinlab import FILES`: networks of PyTorch into a run. */
export const addImport: AddCommand = (program, context) => {
  program
    .command('import')
    .description('make a run out of networks trained with PyTorch, for measure and align; settings say which network they are')
    .argument('<files...>', 'state dicts (safetensors, or .pt), folders that transformers saved, or checkpoints of fairseq; one per model')
    .addOption(outOption())
    .option('--preset <id>', 'settings to start from: those of a preset')
    .option('--config <file>', 'settings to start from: a JSON file, or the config.json of a run')
    .addOption(setOption())
    .addOption(pluginOption())
    .addHelpText(
      'after',
      examples([
        ['basinlab import a.safetensors b.safetensors --preset mnist-mlp-w --out runs/torch-w', 'two networks of one mask seed'],
        [
          'basinlab import net.safetensors --preset mnist-mlp-standard --set architecture.options.norm=batch --out runs/net',
          'other options',
        ],
        ['basinlab import gpt2-a gpt2-b --set dataset.id=tiny-shakespeare --out runs/gpt2', 'models that transformers saved'],
        [
          'basinlab import heavy.pt light.pt --set architecture.options.positions=140 --set dataset.id=text --out runs/roberta',
          'checkpoints of fairseq, which run no code; the positions that both have',
        ],
        ['basinlab import exported.safetensors --out runs/back', 'a file of basinlab export, which knows its settings'],
      ]),
    )
    .action((files: readonly string[], flags: ImportFlags) => context.finish(importFiles(files, flags)));
};

const ownSettings = async (file: string, preset: string | undefined, config: string | undefined): Promise<unknown> =>
  preset === undefined && config === undefined ? settingsIn(file) : null;

async function importFiles(files: readonly string[], { out, preset, config, set, plugin }: ImportFlags): Promise<Outcome> {
  const { registry, hashes } = await createContainerWith(plugin.map(modulePath));
  const start = await startingPoint(preset, config === undefined ? {} : { config });
  const saved = await Promise.all(files.map((file) => savedModelIn(file, registry)));
  const [model] = saved;
  const overrides = [...start.overrides, ...set, `training.models=${files.length}`];
  const own = model == null ? await ownSettings(files[0]!, preset, config) : null;
  const settingsOf = (one: SavedModel | null | undefined) =>
    resolveExperiment(
      'import',
      one == null ? (own ?? start.base) : { ...(start.base as object), architecture: one.architecture },
      overrides,
      registry,
    );
  const experiment = settingsOf(model);
  const architectures = saved.map((one) => JSON.stringify(settingsOf(one).architecture));
  const odd = architectures.findIndex((one) => one !== architectures[0]);
  if (odd >= 0) {
    const remedy = 'Longer tables of positions are cut by --set architecture.options.positions=N';
    throw usageError(files[odd]!, `a model of the size of ${files[0]!}, ${architectures[0]!}`, architectures[odd]!, remedy);
  }
  const directory = resolve(out);
  if (existsSync(join(directory, 'config.json')))
    throw usageError(directory, 'a folder without a run', 'one with config.json', 'Choose another --out');
  const network = networkOf(experiment, registry);
  if (model != null) await startEngine('cpu', registry.list('engine'), () => undefined);
  await importRun({
    ...{ directory, experiment, network, fixedScale: fixedScaleOf(experiment, registry), plugins: hashes },
    files: saved.map((one, at) => one?.file ?? files[at]!),
    ...(model == null ? {} : { format: weightFormatOf({ experiment, registry }, model.format) }),
  });
  const parameters = network.params.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  const what = `${files.length} ${network.architecture} ${files.length === 1 ? 'network' : 'networks'} (${network.breaking}, ${parameters} parameters)`;
  return { text: `${what}\nRun: ${directory}`, json: { directory, experiment, models: files.length, parameters } };
}
