import type { Registry } from '@basinlab/core/container';
import { addModules, createBuiltinRegistry, modulePath, type LoadedRegistry, type OnFailedModule } from '@basinlab/experiments';
import { builtinReproductions } from '@basinlab/reproductions';
import { xlaEngine } from '@basinlab/xla';
import { cpuEngine } from './engines/cpu.js';
import { tensorflowEngine } from './engines/tensorflow.js';
import { wasmEngine } from './engines/wasm.js';

/** Adds the built-in engines to a registry, such as that of an opened run. */
export const withEngines = (registry: Registry): Registry =>
  registry
    .registerModule({ engine: [xlaEngine] }, '@basinlab/xla')
    .registerModule({ engine: [tensorflowEngine, wasmEngine, cpuEngine] }, '@basinlab/cli');

/** The composition root: a registry with every built-in plugin. */
export const createContainer = (): Registry =>
  withEngines(createBuiltinRegistry()).registerModule({ reproduction: builtinReproductions }, '@basinlab/reproductions');

/** The same with the plugins of modules, as `--plugin` names them. Returns their hashes by how they were named. */
export const createContainerWith = (modules: readonly string[], onFailure?: OnFailedModule): Promise<LoadedRegistry> =>
  addModules(createContainer(), modules, onFailure);

/** What opens a run with the modules that it names and those of `--plugin`. */
export const loadingToo =
  (plugin: readonly string[]) =>
  (modules: readonly string[]): Promise<LoadedRegistry> =>
    createContainerWith([...modules, ...plugin.map(modulePath)]);
