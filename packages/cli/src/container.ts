import { createRegistry, loadPlugin, registerPlugins, type Registry } from '@basinlab/core/container';
import { adam, adamw, constant, cosine, exponential, linearWarmup, multiStep, rmsprop, sequence, sgd, step } from '@basinlab/core/training';
import { builtinDatasets } from '@basinlab/datasets';
import { accuracy, crossEntropy, functionalSimilarity, linearCka } from '@basinlab/metrics';
import { builtinArchitectures, builtinBreakings } from '@basinlab/models-asymmetric';
import { activationMatching, sinkhornRebasin, straightThrough, weightMatching } from '@basinlab/rebasin';
import { cpuEngine } from './engines/cpu.js';
import { tensorflowEngine } from './engines/tensorflow.js';
import { wasmEngine } from './engines/wasm.js';
import { xlaEngine } from '@basinlab/xla';

/** The composition root: a registry with every built-in plugin. */
export function createContainer(): Registry {
  return createRegistry()
    .register('engine', xlaEngine, tensorflowEngine, wasmEngine, cpuEngine)
    .register('dataset', ...builtinDatasets)
    .register('architecture', ...builtinArchitectures)
    .register('symmetryBreaking', ...builtinBreakings)
    .register('optimizer', adamw, adam, sgd, rmsprop)
    .register('schedule', constant, cosine, exponential, linearWarmup, multiStep, sequence, step)
    .register('metric', accuracy, crossEntropy, functionalSimilarity, linearCka)
    .register(
      'rebasin',
      weightMatching(),
      activationMatching(),
      straightThrough(),
      sinkhornRebasin(),
      sinkhornRebasin({ objective: 'distance' }),
    );
}

/** The same with the plugins of modules (paths, or packages that are installed here). Returns their hashes by where they were found. */
export async function createContainerWith(
  modules: readonly string[],
): Promise<{ registry: Registry; hashes: Readonly<Record<string, string>> }> {
  const registry = createContainer();
  const hashes: Record<string, string> = {};
  for (const module of modules) {
    const loaded = await loadPlugin(module);
    registerPlugins(registry, loaded.plugins);
    hashes[module] = loaded.sha256;
  }
  return { registry, hashes };
}
