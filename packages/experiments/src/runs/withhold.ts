import { BasinlabError } from '@basinlab/core';
import type { Family, PluginFamilies, Registry } from '@basinlab/core/container';
import type { LoadedRegistry } from '../registry.js';
import type { Experiment } from '../experiment/schema.js';
import { pluginsOf } from '../plugins/used-modules.js';
import type { OpenedRun } from './load-models.js';

/** A module of a run that has not been loaded, and why. */
export interface WithheldModule {
  readonly module: string;
  readonly refusal: BasinlabError;
}

/**
 * The registry of a run some of whose modules have not been loaded: a plugin that the run's settings name, and that only they can have brought, throws why they were not. One of the
 * same id from another module that the user named is not what the run was made with. `recorded` are the hashes of the run's modules.
 */
export function withholding(
  { registry, hashes }: LoadedRegistry,
  experiment: Experiment,
  withheld: readonly WithheldModule[],
  recorded: readonly string[],
): Registry {
  const own = pluginsOf(experiment);
  const brought = (family: Family, id: string): boolean => {
    if (!registry.list(family).some((plugin) => plugin.id === id)) return false;
    const hash = hashes[registry.origin(family, id) ?? ''];
    return hash === undefined || recorded.includes(hash);
  };
  const resolve = <F extends Family>(family: F, id: string): PluginFamilies[F] => {
    if (own.some(([other, named]) => other === family && named.id === id) && !brought(family, id)) throw missing(family, id, withheld[0]!);
    try {
      return registry.resolve(family, id);
    } catch (error) {
      throw error instanceof BasinlabError ? mayBeOf(error, withheld) : error;
    }
  };
  const guarded: Registry = {
    ...registry,
    register: (...plugins) => (registry.register(...plugins), guarded),
    registerModule: (...module) => (registry.registerModule(...module), guarded),
    resolve,
  };
  return guarded;
}

/** What is missing, and why its module was not loaded. */
function missing(family: Family, plugin: string, { refusal: { id, requirement, got, details } }: WithheldModule): BasinlabError {
  return new BasinlabError(id, `${family} "${plugin}" from ${requirement}`, got, details);
}

/** An unknown id may be one of a module that was not loaded. */
function mayBeOf({ id, requirement, got, details }: BasinlabError, withheld: readonly WithheldModule[]): BasinlabError {
  const reasons = withheld.map(({ module, refusal }) => `It may be of ${module}, which is not loaded. ${refusal.details.remedy ?? ''}`);
  return new BasinlabError(id, requirement, got, { ...details, remedy: [details.remedy ?? '', ...reasons].join(' ').trim() });
}

/** Why a plugin that a run's settings name cannot be had, as its module was not loaded; null where it can. */
export function withheldFrom(
  { registry, withheld = [] }: Pick<OpenedRun, 'registry' | 'withheld'>,
  family: Family,
  id: string,
): BasinlabError | null {
  if (withheld.length === 0) return null;
  try {
    registry.resolve(family, id);
    return null;
  } catch (error) {
    if (error instanceof BasinlabError) return error;
    throw error;
  }
}

/** The run, for work that all of its modules belong to. Throws why one was not loaded. */
export function withAllModules(run: OpenedRun): OpenedRun {
  for (const { refusal } of run.withheld ?? []) throw refusal;
  return run;
}
