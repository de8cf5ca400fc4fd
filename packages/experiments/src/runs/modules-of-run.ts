import { resolve } from 'node:path';
import { BasinlabError } from '@basinlab/core';
import { inspectPlugin, type PluginFile } from '@basinlab/core/container';
import { usageError } from '../errors/usage-error.js';
import { typedModule } from '../plugins/module-name.js';
import { isTrusted, namedHere, trustedModules } from '../trust.js';

/** A module that a run names, of which nothing has been run. */
export interface ModuleOfRun {
  /** As the run names it, from its folder. */
  readonly named: string;
  /** Hash of its content when the run began. */
  readonly recorded: string;
  /** What is to be loaded: `named`, or a module with the recorded content that the user has named or confirmed elsewhere. */
  readonly module: string;
  /** What is there; the error where nothing is. */
  readonly found: PluginFile | BasinlabError;
}

/**
 * The modules that a run names, by their hashes in its `config.json`. One that is not there with the recorded content any more, as in a run that was made on another
 * machine, is looked for among those that the user trusts, and `others`.
 */
export const modulesOfRun = (
  directory: string,
  plugins: Readonly<Record<string, string>>,
  others: readonly string[] = [],
): Promise<readonly ModuleOfRun[]> =>
  Promise.all(
    Object.entries(plugins).map(async ([name, recorded]): Promise<ModuleOfRun> => {
      const named = /^\.\.?[\\/]/.test(name) ? resolve(directory, name) : name;
      const elsewhere = Object.entries(await trustedModules()).flatMap(([sha256, module]) => (sha256 === recorded ? [module] : []));
      for (const module of new Set([...others, ...namedHere(), named, ...elsewhere])) {
        const found = await look(module);
        if (!(found instanceof BasinlabError) && found.sha256 === recorded) return { named, recorded, module, found };
      }
      return { named, recorded, module: named, found: await look(named) };
    }),
  );

const look = (module: string): Promise<PluginFile | BasinlabError> =>
  inspectPlugin(module).catch((error: unknown) => {
    if (error instanceof BasinlabError) return error;
    throw error;
  });

/** Why a module is not what a run was made with; null where it is. */
export function changeOf(directory: string, { named, recorded, found }: ModuleOfRun): BasinlabError | null {
  const requirement = `the module ${named} as it was when the run began (sha256 ${recorded})`;
  if (found instanceof BasinlabError) {
    const remedy = 'Where you have it at another place, confirm it there, and it is found by its content: basinlab plugins trust PATH';
    return usageError(directory, requirement, `none that can be read (${String(found.got)})`, remedy);
  }
  if (found.sha256 === recorded) return null;
  const remedy = 'Put the old one back, or train again';
  const version = found.installed === null ? '' : `${found.installed}, `;
  return usageError(directory, requirement, `another version (${version}sha256 ${found.sha256})`, remedy);
}

/** Why a module of a run may not be loaded; null where it may. */
export async function refusalOf(directory: string, module: ModuleOfRun): Promise<BasinlabError | null> {
  const change = changeOf(directory, module);
  if (change !== null || (await isTrusted(module.module, module.recorded))) return change;
  const { path } = module.found as PluginFile;
  const typed = typedModule(module.module);
  const where = path === module.module ? '' : ` (${path})`;
  return usageError(
    directory,
    'a module that you trust, as its code would run',
    `${module.module}${where}`,
    `Look into it, then confirm it once: basinlab plugins trust ${typed}`,
  );
}
