import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Network } from '@basinlab/core';
import { usageError } from '../errors/usage-error.js';
import { networkOf } from '../experiment/plan.js';
import { resolveExperiment } from '../experiment/resolve.js';
import type { Experiment } from '../experiment/schema.js';
import { startingPoint } from '../experiment/starting-point.js';
import type { LoadedRegistry } from '../registry.js';
import { fixedScaleOf, importRun, settingsIn } from '../runs/interop.js';
import { usedModules } from '../plugins/used-modules.js';
import { savedModelIn, weightFormatOf, type SavedModel } from '../runs/weight-format.js';

/** Models of another library, and what their run is to be. */
export interface ImportModelsOptions extends LoadedRegistry {
  /** One model each: state dicts, folders that transformers saved, or checkpoints of fairseq. */
  readonly files: readonly string[];
  /** Folder of the run. */
  readonly out: string;
  /** Settings to start from, where files do not say what they hold. */
  readonly preset?: string | undefined;
  readonly config?: string | undefined;
  readonly set?: readonly string[];
  /** Called where tensors are needed to read what the files hold. */
  startEngine(): Promise<unknown>;
}

/** A run that was made of other models. */
export interface ImportedModels {
  readonly directory: string;
  readonly experiment: Experiment;
  readonly network: Network;
  readonly parameters: number;
}

/**
 * Makes a run out of models of other libraries: what `basinlab import` does. Runs none of their code.
 * @throws BasinlabError for files that are damaged or do not fit each other or the settings; leaves no folder then
 */
export async function importModels(options: ImportModelsOptions): Promise<ImportedModels> {
  const { files, out, preset, config, set = [], registry, hashes } = options;
  const start = await startingPoint(preset, config === undefined ? {} : { config });
  const saved = await Promise.all(files.map((file) => savedModelIn(file, registry)));
  const [model] = saved;
  const overrides = [...start.overrides, ...set, `training.models=${files.length}`];
  const own = model == null && preset === undefined && config === undefined ? await settingsIn(files[0]!) : null;
  const settingsOf = (one: SavedModel | null | undefined): Experiment => {
    const base = one == null ? (own ?? start.base) : { ...(start.base as object), architecture: one.architecture };
    return resolveExperiment('import', base, overrides, registry);
  };
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
  if (model != null) await options.startEngine();
  await importRun({
    ...{
      directory,
      experiment,
      network,
      fixedScale: fixedScaleOf(experiment, registry),
      plugins: usedModules(experiment, registry, hashes),
    },
    files: saved.map((one, at) => one?.file ?? files[at]!),
    ...(model == null ? {} : { format: weightFormatOf({ experiment, registry }, model.format) }),
  });
  const parameters = network.params.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  return { directory, experiment, network, parameters };
}
