import type { Registry } from '@basinlab/core/container';
import { createBuiltinRegistry, createBuiltinRegistryWith, type LoadedRegistry } from '@basinlab/experiments';
import { builtinReproductions } from '@basinlab/reproductions';
import { xlaEngine } from '@basinlab/xla';
import { cpuEngine } from './engines/cpu.js';
import { tensorflowEngine } from './engines/tensorflow.js';
import { wasmEngine } from './engines/wasm.js';

/** Adds the built-in engines to a registry, such as that of an opened run. */
export const withEngines = (registry: Registry): Registry =>
  registry.register('engine', xlaEngine, tensorflowEngine, wasmEngine, cpuEngine);

const complete = (registry: Registry): Registry => withEngines(registry).register('reproduction', ...builtinReproductions);

/** The composition root: a registry with every built-in plugin. */
export const createContainer = (): Registry => complete(createBuiltinRegistry());

/** The same with the plugins of modules. Returns their hashes by how they were named. */
export async function createContainerWith(modules: readonly string[]): Promise<LoadedRegistry> {
  const { registry, hashes } = await createBuiltinRegistryWith(modules);
  return { registry: complete(registry), hashes };
}
