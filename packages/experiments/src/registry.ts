import { builtinRebasin as connectivityRebasin } from '@basinlab/connectivity';
import { builtinMeasurements as connectivityMeasurements } from '@basinlab/connectivity/measurements';
import { createRegistry, loadPlugin, registerPlugins, type Registry } from '@basinlab/core/container';
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

/** A registry with every built-in plugin but engines, which whoever starts one adds. */
export function createBuiltinRegistry(): Registry {
  return createRegistry()
    .register('dataset', ...builtinDatasets)
    .register('architecture', ...builtinArchitectures, ...transformers)
    .register('symmetryBreaking', ...builtinBreakings)
    .register('optimizer', ...builtinOptimizers)
    .register('schedule', ...builtinSchedules)
    .register('metric', ...builtinMetrics)
    .register('measurement', ...builtinMeasurements, ...rebasinMeasurements, ...connectivityMeasurements)
    .register('rebasin', ...builtinRebasin, ...transformerRebasin, ...connectivityRebasin)
    .register('sink', ...builtinSinks)
    .register('executor', ...builtinExecutors);
}

/** A registry with plugins of modules, and the hashes of their files by how they were named. */
export interface LoadedRegistry {
  readonly registry: Registry;
  readonly hashes: Readonly<Record<string, string>>;
}

/** The same with the plugins of modules that the user names (paths, or packages that are installed here), which may run from then on where a run names them. Throws a usage error for one that does not fit its contract. */
export async function createBuiltinRegistryWith(modules: readonly string[]): Promise<LoadedRegistry> {
  const registry = createBuiltinRegistry();
  const hashes: Record<string, string> = {};
  for (const module of modules) {
    const loaded = await loadPlugin(module);
    registerPlugins(registry, loaded.plugins);
    hashes[module] = loaded.sha256;
  }
  await trustModules(hashes);
  return { registry, hashes };
}
