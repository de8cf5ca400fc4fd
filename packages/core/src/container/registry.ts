import { BasinlabError, demand } from '@basinlab/tensor';
import 'reflect-metadata';
import { container } from 'tsyringe';
import { checkPlugin, families } from './families.js';
import type { Family, PluginFamilies } from './families.js';
import { nearest } from './nearest.js';

/** Plugins of one composition root, by family and id. */
export interface Registry {
  /** Adds a plugin. Throws where it lacks a field of the contract or its id is taken. Returns the registry. */
  register<F extends Family>(family: F, ...plugins: readonly PluginFamilies[F][]): Registry;
  /** The plugin of an id. An unknown id throws an error that lists the known ones and names the nearest. */
  resolve<F extends Family>(family: F, id: string): PluginFamilies[F];
  /** All plugins of a family, in the order of registration. */
  list<F extends Family>(family: F): readonly PluginFamilies[F][];
}

/** An empty registry: a container of its own, so that two never share plugins. */
export function createRegistry(): Registry {
  const plugins = container.createChildContainer();
  const place = (family: Family, id: string): string => `basinlab:${family}:${id}`;

  const registry: Registry = {
    register(family, ...values) {
      checkFamily(family);
      for (const plugin of values) {
        checkPlugin(family, plugin, 'registry');
        const { id } = plugin;
        demand(
          !plugins.isRegistered(place(family, id)),
          `registry: ${family}`,
          'ids must be unique',
          `a second "${id}"`,
          'Give one of them another id.',
        );
        plugins.registerInstance(place(family, id), plugin);
        plugins.registerInstance(`basinlab:${family}`, plugin);
      }
      return registry;
    },
    resolve(family, id) {
      checkFamily(family);
      if (plugins.isRegistered(place(family, id))) return plugins.resolve(place(family, id));
      const known = registry.list(family).map((plugin) => plugin.id);
      const near = nearest(id, known);
      const remedy = `Known: ${known.join(', ') || 'none'}.${near === null ? '' : ` Did you mean "${near}"?`}`;
      throw new BasinlabError(family, 'id must be a registered one', id, { exitCode: 2, remedy });
    },
    list(family) {
      checkFamily(family);
      return plugins.isRegistered(`basinlab:${family}`) ? plugins.resolveAll(`basinlab:${family}`) : [];
    },
  };
  return registry;
}

function checkFamily(family: string): void {
  demand(families.includes(family as Family), 'registry', `family must be one of ${families.join(', ')}`, family);
}
