import { basename, dirname, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Registry } from '@basinlab/core/container';
import { downloadTensors, makeFolder, readRunConfig, writeTensors } from '@basinlab/core/store';
import { replay } from '@basinlab/sinks';
import { toStateDict, type HostVariables } from '@basinlab/models-asymmetric';
import { Option } from 'commander';
import { examples, pluginOption, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { createContainerWith, loadingToo } from '../container.js';
import { startEngine } from '../engines/select.js';
import {
  fixedScaleOf,
  loadModels,
  modulePath,
  networkKey,
  openExperiment,
  parseConfig,
  parseModelRef,
  usageError,
  weightFormatOf,
  writeFormat,
} from '@basinlab/experiments';

interface ExportFlags {
  readonly format: string;
  readonly plugin: readonly string[];
  readonly out: string;
  readonly epoch?: string;
  readonly standard?: boolean;
}

/** `basinlab export DIR:N`: one model as a file for PyTorch or another library, or a run's curves for a sink. */
export const addExport: AddCommand = (program, context) => {
  program
    .command('export')
    .description(
      'write a model as a PyTorch state dict (safetensors) with the parameter names of the reference, masks included, or as another library keeps it; or the curves and measurements of a run for TensorBoard or MLflow',
    )
    .argument('<model>', 'DIR:N, or the folder of a run of one model; for curves the folder of any run')
    .requiredOption('--out <path>', 'the file to write; for curves the folder')
    .addOption(
      new Option('--format <name>', 'for what: pytorch, transformers, tensorboard, mlflow or the sink of a plugin').default('pytorch'),
    )
    .option('--epoch <number>', 'checkpoint to take instead of the newest')
    .addOption(pluginOption())
    .option('--standard', 'absorb masks and noise into the weights: a plain network of the same function')
    .addHelpText(
      'after',
      examples([
        ['basinlab export runs/w:1 --out w1.safetensors', 'with masks'],
        ['basinlab export runs/w:1 --standard --out plain.safetensors', 'as an ordinary network'],
        ['basinlab export runs/gpt2:1 --format transformers --out gpt2', 'then in Python: GPT2LMHeadModel.from_pretrained("gpt2")'],
        ['basinlab export runs/w --format tensorboard --out logs', 'then: tensorboard --logdir logs'],
        ['basinlab export runs/w --format mlflow --out mlruns', 'then: mlflow ui --backend-store-uri mlruns'],
      ]),
    )
    .action((model: string, flags: ExportFlags) => context.finish(exportAs(model, flags, context)));
};

/** Curves where the format is a sink's, else a model. */
async function exportAs(ref: string, flags: ExportFlags, context: CommandContext): Promise<Outcome> {
  const { registry } = await createContainerWith(flags.plugin.map(modulePath));
  return registry.list('sink').some(({ id }) => id === flags.format)
    ? exportCurves(ref, flags, registry)
    : exportModel(ref, flags, context);
}

async function exportModel(ref: string, flags: ExportFlags, { terminal }: CommandContext): Promise<Outcome> {
  const { directory, model } = /:\d+$/.test(ref) ? parseModelRef(ref) : { directory: ref, model: undefined };
  const epoch = flags.epoch === undefined ? undefined : Number(flags.epoch);
  const opened = await openExperiment(resolve(directory), loadingToo(flags.plugin));
  const format = flags.format === 'pytorch' ? undefined : weightFormatOf(opened, flags.format);
  const { models } = opened.experiment.training;
  if ((model ?? models) > models || (model === undefined && models > 1))
    throw usageError('export', `a model of ${directory}, 1 to ${models}`, model, `Example: ${directory}:1`);
  // Only a network with its masks says what they are multiplied by.
  const fixedScale = format !== undefined || flags.standard === true ? 1 : fixedScaleOf(opened.experiment, opened.registry);
  await startEngine('cpu', opened.registry.list('engine'), (line) => terminal.log(line));
  const loaded = await loadModels(opened, epoch);
  const chosen = loaded.models[(model ?? 1) - 1]!;
  if (format !== undefined) {
    const out = resolve(flags.out);
    const entries = await writeFormat(out, format, loaded.network, chosen);
    tf.dispose(loaded.models as unknown as tf.TensorContainer);
    return {
      text: `${entries} tensors of ${loaded.network.architecture} (${loaded.network.breaking}, absorbed), epoch ${loaded.epoch}, for ${flags.format}: ${out}`,
      json: { directory: out, model: ref, epoch: loaded.epoch, format: flags.format, entries },
    };
  }
  const network = flags.standard === true ? loaded.network.standard : loaded.network;
  const variables = flags.standard === true ? tf.tidy(() => ({ ...loaded.network.toStandard(chosen) })) : chosen;
  const arrays = (await downloadTensors({ ...variables })) as unknown as HostVariables;
  tf.dispose([loaded.models, variables] as unknown as tf.TensorContainer);
  const entries = toStateDict(network, arrays, { fixedScale });
  const { architecture, dataset } = opened.experiment;
  const breaking = network.breaking === loaded.network.breaking ? opened.experiment.breaking : { id: network.breaking, options: {} };
  const file = resolve(flags.out);
  await makeFolder(dirname(file));
  await writeTensors(file, entries, { format: 'pt', [networkKey]: JSON.stringify({ architecture, breaking, dataset }) });
  const scaled = Object.keys(entries).some((name) => /\.(normal_mask|noise)$/.test(name));
  const note = scaled ? `\nIts fixed weights are in units of mask_constant ${JSON.stringify(fixedScale)}.` : '';
  return {
    text: `${Object.keys(entries).length} entries of ${network.architecture} (${network.breaking}), epoch ${loaded.epoch}: ${file}${note}`,
    json: { file, model: ref, epoch: loaded.epoch, entries: Object.keys(entries).length, ...(scaled && { fixedScale }) },
  };
}

/** Tells a sink what the run's own log holds. */
async function exportCurves(folder: string, { format, out, epoch, standard }: ExportFlags, registry: Registry): Promise<Outcome> {
  if (epoch !== undefined || standard === true)
    throw usageError(`--format ${format}`, 'neither --epoch nor --standard, which belong to models', format);
  const sink = registry.resolve('sink', format);
  const options = parseConfig(`--format ${format}`, sink.options, { directory: resolve(out) });
  const directory = resolve(folder);
  const { config } = await readRunConfig(directory);
  const events = await replay(directory, await sink.open({ name: basename(directory), config }, options));
  return {
    text: `${events} events of ${folder} for ${format}: ${resolve(out)}`,
    json: { directory: resolve(out), run: directory, format, events },
  };
}
