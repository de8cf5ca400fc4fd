import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { downloadTensors, writeTensors } from '@basinlab/core/store';
import { toStateDict, type HostVariables } from '@basinlab/models-asymmetric';
import { Option } from 'commander';
import { examples, type AddCommand, type CommandContext, type Outcome } from '../command.js';
import { createContainerWith } from '../container.js';
import { startEngine } from '../engines/select.js';
import { fixedScaleOf, loadModels, networkKey, openExperiment, parseModelRef, usageError } from '@basinlab/experiments';

interface ExportFlags {
  readonly format: 'pytorch';
  readonly out: string;
  readonly epoch?: string;
  readonly standard?: boolean;
}

/** `basinlab export DIR:N`: one model as a file for PyTorch. */
export const addExport: AddCommand = (program, context) => {
  program
    .command('export')
    .description('write a model as a PyTorch state dict (safetensors) with the parameter names of the reference, masks included')
    .argument('<model>', 'DIR:N, or the folder of a run of one model')
    .requiredOption('--out <file>', 'the file to write')
    .addOption(new Option('--format <name>', 'for which library').choices(['pytorch']).default('pytorch'))
    .option('--epoch <number>', 'checkpoint to take instead of the newest')
    .option('--standard', 'absorb masks and noise into the weights: a plain network of the same function')
    .addHelpText(
      'after',
      examples([
        ['basinlab export runs/w:1 --out w1.safetensors', 'with masks'],
        ['basinlab export runs/w:1 --standard --out plain.safetensors', 'as an ordinary network'],
      ]),
    )
    .action((model: string, flags: ExportFlags) => context.finish(exportModel(model, flags, context)));
};

async function exportModel(ref: string, flags: ExportFlags, { terminal }: CommandContext): Promise<Outcome> {
  const { directory, model } = /:\d+$/.test(ref) ? parseModelRef(ref) : { directory: ref, model: undefined };
  const epoch = flags.epoch === undefined ? undefined : Number(flags.epoch);
  const opened = await openExperiment(resolve(directory), createContainerWith);
  const { models } = opened.experiment.training;
  if ((model ?? models) > models || (model === undefined && models > 1))
    throw usageError('export', `a model of ${directory}, 1 to ${models}`, model, `Example: ${directory}:1`);
  const fixedScale = fixedScaleOf(opened.experiment, opened.registry);
  await startEngine('cpu', opened.registry.list('engine'), (line) => terminal.log(line));
  const loaded = await loadModels(opened, epoch);
  const chosen = loaded.models[(model ?? 1) - 1]!;
  const network = flags.standard === true ? loaded.network.standard : loaded.network;
  const variables = flags.standard === true ? tf.tidy(() => ({ ...loaded.network.toStandard(chosen) })) : chosen;
  const arrays = (await downloadTensors({ ...variables })) as unknown as HostVariables;
  tf.dispose([loaded.models, variables] as unknown as tf.TensorContainer);
  const entries = toStateDict(network, arrays, { fixedScale });
  const { architecture, dataset } = opened.experiment;
  const breaking = network.breaking === loaded.network.breaking ? opened.experiment.breaking : { id: network.breaking, options: {} };
  const file = resolve(flags.out);
  await mkdir(dirname(file), { recursive: true });
  await writeTensors(file, entries, { format: 'pt', [networkKey]: JSON.stringify({ architecture, breaking, dataset }) });
  const scaled = Object.keys(entries).some((name) => /\.(normal_mask|noise)$/.test(name));
  const note = scaled ? `\nIts fixed weights are in units of mask_constant ${JSON.stringify(fixedScale)}.` : '';
  return {
    text: `${Object.keys(entries).length} entries of ${network.architecture} (${network.breaking}), epoch ${loaded.epoch}: ${file}${note}`,
    json: { file, model: ref, epoch: loaded.epoch, entries: Object.keys(entries).length, ...(scaled && { fixedScale }) },
  };
}
