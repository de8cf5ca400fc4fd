import { BasinlabError, demand } from '@basinlab/tensor';
import 'reflect-metadata';
import { container } from 'tsyringe';
import { checkPlugin, families } from './families.js';
import type { Family, PluginFamilies, PluginModule } from './families.js';
import { nearest } from './nearest.js';

/** Plugins of one composition root, by family and id. */
export interface Registry {
  /** Adds a plugin. Throws where it lacks a field of the contract or its id is taken. Returns the registry. */
  register<F extends Family>(family: F, ...plugins: readonly PluginFamilies[F][]): Registry;
  /** Adds all plugins of a module, or none where one of them cannot be added: it throws then. Returns the registry. */
  registerModule(plugins: PluginModule, origin: string): Registry;
  /** The module that a plugin came from, as `registerModule` was told; null for one that was registered by itself. */
  origin(family: Family, id: string): string | null;
  /** The plugin of an id. An unknown id throws an error that lists the known ones and names the nearest. */
  resolve<F extends Family>(family: F, id: string): PluginFamilies[F];
  /** All plugins of a family, in the order of registration. */
  list<F extends Family>(family: F): readonly PluginFamilies[F][];
}

/** An empty registry: a container of its own, so that two never share plugins. */
export function createRegistry(): Registry {
  const plugins = container.createChildContainer();
  const place = (family: Family, id: string): string => `basinlab:${family}:${id}`;

  const origins = new Map<string, string>();

  /** Throws where a plugin cannot be added to what is there. */
  const demandAddable = (family: Family, values: readonly { readonly id: string }[]): void => {
    checkFamily(family);
    const ids = new Set<string>();
    for (const plugin of values) {
      checkPlugin(family, plugin, 'registry');
      const { id } = plugin;
      const taken = ids.has(id) || plugins.isRegistered(place(family, id));
      const owner = origins.get(place(family, id));
      const got = `a second "${id}"${owner === undefined ? '' : ` beside that of ${owner}`}`;
      demand(!taken, `registry: ${family}`, 'ids must be unique', got, 'Give one of them another id.');
      ids.add(id);
    }
  };

  const registry: Registry = {
    register(family, ...values) {
      demandAddable(family, values);
      for (const plugin of values) {
        plugins.registerInstance(place(family, plugin.id), plugin);
        plugins.registerInstance(`basinlab:${family}`, plugin);
      }
      return registry;
    },
    registerModule(module, origin) {
      for (const family of families) demandAddable(family, module[family] ?? []);
      const add = <F extends Family>(family: F): void => {
        const values = (module[family] ?? []) as readonly PluginFamilies[F][];
        registry.register(family, ...values);
        for (const { id } of values) origins.set(place(family, id), origin);
      };
      families.forEach(add);
      return registry;
    },
    origin: (family, id) => origins.get(place(family, id)) ?? null,
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
