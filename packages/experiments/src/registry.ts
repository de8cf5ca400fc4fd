import { builtinMeasurements as connectivityMeasurements } from '@basinlab/connectivity/measurements';
import { BasinlabError } from '@basinlab/core';
import { createRegistry, loadPlugin, type PluginModule, type Registry } from '@basinlab/core/container';
import { builtinOptimizers, builtinSchedules } from '@basinlab/core/training';
import { builtinDatasets } from '@basinlab/datasets';
import { builtinMetrics } from '@basinlab/metrics';
import { builtinMeasurements } from '@basinlab/metrics/measurements';
import { builtinArchitectures, builtinBreakings } from '@basinlab/models-asymmetric';
import { builtinArchitectures as transformers, builtinRebasin as transformerRebasin } from '@basinlab/models-transformer';
import { builtinRebasin } from '@basinlab/rebasin';
import { builtinMeasurements as rebasinMeasurements } from '@basinlab/rebasin/measurements';
import { builtinSinks } from '@basinlab/sinks';
import { builtinExecutors } from './executors/builtin.js';
import { trustModules } from './trust.js';

/** Every built-in plugin but engines and reproductions, by the package that it is from. */
const builtin: readonly (readonly [from: string, plugins: PluginModule])[] = [
  ['@basinlab/datasets', { dataset: builtinDatasets }],
  ['@basinlab/models-asymmetric', { architecture: builtinArchitectures, symmetryBreaking: builtinBreakings }],
  ['@basinlab/models-transformer', { architecture: transformers }],
  ['@basinlab/core', { optimizer: builtinOptimizers, schedule: builtinSchedules }],
  ['@basinlab/metrics', { metric: builtinMetrics, measurement: builtinMeasurements }],
  ['@basinlab/rebasin', { measurement: rebasinMeasurements, rebasin: builtinRebasin }],
  ['@basinlab/models-transformer', { rebasin: transformerRebasin }],
  ['@basinlab/connectivity', { measurement: connectivityMeasurements }],
  ['@basinlab/sinks', { sink: builtinSinks }],
  ['@basinlab/experiments', { executor: builtinExecutors }],
];

/** A registry with every built-in plugin but engines, which whoever starts one adds. */
export const createBuiltinRegistry = (): Registry =>
  builtin.reduce((registry, [from, plugins]) => registry.registerModule(plugins, from), createRegistry());

/** A registry with plugins of modules, and the hashes of their files by how they were named. */
export interface LoadedRegistry {
  readonly registry: Registry;
  readonly hashes: Readonly<Record<string, string>>;
}

/** Told of a module that cannot be used. */
export type OnFailedModule = (module: string, error: BasinlabError) => void;

/**
 * Adds the plugins of modules that the user names (paths, or packages that are installed here), which may run from then on where a run names them. A module that
 * fails to load, to fit its contracts or to be added takes nothing of the others down: `onFailure` is told, and it is left out.
 * Throws a usage error that names it where there is no `onFailure`.
 */
export async function addModules(registry: Registry, modules: readonly string[], onFailure?: OnFailedModule): Promise<LoadedRegistry> {
  const hashes: Record<string, string> = {};
  for (const module of new Set(modules)) {
    try {
      const { plugins, sha256 } = await loadPlugin(module);
      registry.registerModule(plugins, module);
      hashes[module] = sha256;
    } catch (error) {
      const failure = failureOf(module, error);
      if (onFailure === undefined) throw failure;
      onFailure(module, failure);
    }
  }
  await trustModules(hashes);
  return { registry, hashes };
}

/** The error of a module under its name. */
function failureOf(module: string, error: unknown): BasinlabError {
  if (error instanceof BasinlabError && error.message.startsWith(module)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new BasinlabError(module, 'plugins that can be added', reason, { exitCode: 2, cause: error });
}

/** {@link createBuiltinRegistry} with the plugins of modules; see {@link addModules}. */
export const createBuiltinRegistryWith = (modules: readonly string[]): Promise<LoadedRegistry> =>
  addModules(createBuiltinRegistry(), modules);
