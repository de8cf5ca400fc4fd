import { families, type Family, type PluginFamilies, type Registry } from '@basinlab/core/container';
import type { ZodType } from 'zod';
import { suggestion } from '../errors/suggestion.js';
import { usageError } from '../errors/usage-error.js';
import { listSettings, type Setting } from '../experiment/list-settings.js';

/** A plugin that experiments and commands can name. */
export interface ListedPlugin {
  readonly family: Family;
  readonly id: string;
  readonly summary: string | null;
  /** The package or module that it came from; null where nobody said. */
  readonly from: string | null;
}

/** A plugin and what can be set of it. */
export interface DescribedPlugin extends ListedPlugin {
  /** Where an experiment holds its options, for `--set PLACE.options.KEY=VALUE`; null where it holds none. */
  readonly place: string | null;
  readonly settings: readonly Setting[];
}

const places: Partial<Record<Family, string>> = {
  dataset: 'dataset',
  architecture: 'architecture',
  symmetryBreaking: 'breaking',
  optimizer: 'training.optimizer',
  schedule: 'training.schedule',
};

/** Every plugin of a registry, by family. */
export const listRegistered = (registry: Registry): readonly ListedPlugin[] => entries(registry).map(({ listed }) => listed);

/** The plugins of an id, of whatever family. Throws a usage error where there is none. */
export function describePlugin(id: string, registry: Registry): readonly DescribedPlugin[] {
  const all = entries(registry);
  const found = all.filter(({ listed }) => listed.id === id);
  const known = all.map(({ listed }) => listed.id);
  if (found.length === 0) throw usageError('plugins', 'a plugin', id, suggestion(id, known));
  return found.map(({ listed, plugin }) => ({
    ...listed,
    place: places[listed.family] ?? null,
    settings: 'options' in plugin ? listSettings(plugin.options as ZodType) : [],
  }));
}

function entries(registry: Registry): { readonly listed: ListedPlugin; readonly plugin: PluginFamilies[Family] }[] {
  return families.flatMap((family) =>
    registry.list(family).map((plugin) => {
      const summary = 'summary' in plugin ? plugin.summary : null;
      return { plugin, listed: { family, id: plugin.id, summary, from: registry.origin(family, plugin.id) } };
    }),
  );
}
