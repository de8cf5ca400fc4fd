import * as tf from '@tensorflow/tfjs-core';
import type { Network, OptimizerState, Tensors, Variables } from '@basinlab/core';
import { listCheckpoints, readCheckpoint, readRunConfig, type StoredTensor, type StoredTree } from '@basinlab/core/store';
import type { PluginFile, Registry } from '@basinlab/core/container';
import { join } from 'node:path';
import { parseConfig } from '../experiment/parse.js';
import { createBuiltinRegistryWith } from '../registry.js';
import { usageError } from '../errors/usage-error.js';
import { experimentSchema, type Experiment } from '../experiment/schema.js';
import { changeOf, modulesOfRun, refusalOf } from './modules-of-run.js';
import { namedHere } from '../trust.js';
import { rewriteModels } from './rewrite.js';
import { storedNetwork } from './stored-network.js';
import { withholding, type WithheldModule } from './withhold.js';

/** A run's settings with the plugins it was made with. */
export interface OpenedRun {
  readonly directory: string;
  readonly experiment: Experiment;
  readonly registry: Registry;
  /** Modules that the run names and that were not loaded, with the reasons. Absent: none. */
  readonly withheld?: readonly WithheldModule[];
  /** The architecture that models are rewritten to when they are loaded; see {@link inForm}. Absent: their own. */
  readonly form?: string;
}

/** Models of a run at one epoch. */
export interface LoadedModels {
  readonly network: Network;
  readonly epoch: number;
  /** In order; they share their constants. The caller disposes all. */
  readonly models: readonly Variables[];
}

/** Makes the registry that a run's plugins are added to, from the modules that it names. */
export type LoadRegistry = typeof createBuiltinRegistryWith;

/**
 * Reads a run's config and loads its plugins. A module that is not what the run was made with any more, or that the user has neither named nor confirmed, is withheld: nothing of it
 * is run, and what needs it throws why. Throws a usage error for a config that is none, and for a changed module that the user names too, which would be loaded.
 */
export async function openExperiment(directory: string, load: LoadRegistry = createBuiltinRegistryWith): Promise<OpenedRun> {
  const { config, plugins } = await readRunConfig(directory);
  const experiment = parseConfig(directory, experimentSchema, config);
  const modules = await modulesOfRun(directory, plugins);
  const refusals = await Promise.all(modules.map((module) => refusalOf(directory, module)));
  const withheld = modules.flatMap(({ named }, at) => (refusals[at] === null ? [] : [{ module: named, refusal: refusals[at]! }]));
  for (const { module, refusal } of withheld) if (namedHere().includes(module)) throw refusal;
  const usable = modules.filter((_, at) => refusals[at] === null);
  const loaded = await load(usable.map(({ module }) => module));
  for (const one of usable) {
    const change = changeOf(directory, { ...one, found: { ...(one.found as PluginFile), sha256: loaded.hashes[one.module]! } });
    if (change !== null) throw change;
  }
  if (withheld.length === 0) return { directory, experiment, registry: loaded.registry };
  return { directory, experiment, registry: withholding(loaded, experiment, withheld, Object.values(plugins)), withheld };
}

/** A checkpoint of a run: the newest, or that of an epoch. Throws a usage error where it is not kept. */
async function checkpointOf(directory: string, epoch: number | undefined): Promise<{ readonly epoch: number; readonly path: string }> {
  const found = await listCheckpoints(join(directory, 'checkpoints'));
  const chosen = epoch === undefined ? found.at(-1) : found.find((checkpoint) => checkpoint.epoch === epoch);
  if (chosen !== undefined) return chosen;
  const kept = found.map((checkpoint) => checkpoint.epoch).join(', ') || 'none';
  throw usageError(
    directory,
    `a checkpoint of epoch ${epoch ?? 'any'}`,
    `checkpoints of epochs ${kept}`,
    'Keep more with --set training.keepCheckpoints=all',
  );
}

/** What the optimizer keeps of one model of a run, by slot; position from 0. The caller disposes it. */
export async function loadOptimizerState({ directory }: OpenedRun, model: number, epoch?: number): Promise<OptimizerState> {
  const { arrays } = await readCheckpoint((await checkpointOf(directory, epoch)).path);
  const slots = (arrays['optimizer'] ?? {}) as StoredTree;
  return Object.fromEntries(Object.entries(slots).map(([slot, tensors]) => [slot, upload(tensors, model)]));
}

/** Names of the constants in a run's newest checkpoint, or in one epoch's. */
export async function constantsOf({ directory }: OpenedRun, epoch?: number): Promise<readonly string[]> {
  const { arrays } = await readCheckpoint((await checkpointOf(directory, epoch)).path);
  return Object.keys(arrays['constants'] ?? {});
}

/** The models of a run's newest checkpoint, or of one epoch's. */
export async function loadModels(run: OpenedRun, epoch?: number): Promise<LoadedModels> {
  const { directory, form } = run;
  const chosen = await checkpointOf(directory, epoch);
  const { arrays, counters } = await readCheckpoint(chosen.path);
  const constants = upload(arrays['constants']);
  const models = Array.from({ length: Number(counters['models']) }, (_, model): Variables => ({
    params: upload(arrays['params'], model),
    state: upload(arrays['state'], model),
    constants,
  }));
  const loaded = { network: storedNetwork(run, Object.keys(constants)), epoch: chosen.epoch, models };
  return form === undefined ? loaded : rewriteModels(run, form, loaded);
}

/** Tensors of a section of a checkpoint; with `model`, that entry of their first axis. */
function upload(section: StoredTree | StoredTensor | undefined, model?: number): Tensors {
  return Object.fromEntries(
    Object.entries((section ?? {}) as Record<string, StoredTensor>).map(([name, { shape, data }]) => {
      if (model === undefined) return [name, tf.tensor(data as Float32Array, [...shape], 'float32')];
      const own = shape.slice(1);
      const size = own.reduce((product, length) => product * length, 1);
      return [name, tf.tensor((data as Float32Array).slice(model * size, (model + 1) * size), own, 'float32')];
    }),
  );
}
