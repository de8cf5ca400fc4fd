import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { knownPlugins } from './known-plugins.js';
import { pluginsFolder } from './install-plugin.js';
import { libraryProblem } from './library-file.js';
import { platformKey, thisMachine } from './machine.js';
import type { Machine } from './machine.js';
import { preloadLibraries } from './preload.js';
import { pythonFolders } from './python-folders.js';

/** Where a plugin was found; `file` is a path that the caller named. */
export type PluginSource = 'environment' | 'file' | 'npm' | 'cache' | 'python';

/** A plugin's library on this machine. */
export interface FoundPlugin {
  /** Id of the known plugin, or a name made from its folder. */
  readonly id: string;
  readonly source: PluginSource;
  readonly path: string;
  /** Libraries to open before it, in order. */
  readonly preload: readonly string[];
  /** Why it cannot be used here, or null. */
  readonly problem: string | null;
}

/** A known plugin and what there is of it. */
export interface PluginListing {
  readonly id: string;
  readonly title: string;
  readonly license: string;
  /** Whether the installer can fetch it for this machine, and about how many bytes that is. */
  readonly installable: { readonly version: string; readonly bytes: number } | null;
  readonly found: readonly FoundPlugin[];
}

/** Describes the library at `path` without loading it. */
export function describePlugin(id: string, source: PluginSource, path: string, machine: Machine): FoundPlugin {
  return { id, source, path, preload: preloadLibraries(path), problem: libraryProblem(path, machine) };
}

/** Plugins in places that can be looked at at once: PJRT_PLUGIN_LIBRARY_PATH, npm packages, the cache. */
export function plugins(machine: Machine = thisMachine): FoundPlugin[] {
  const { env } = machine;
  const named = env.PJRT_PLUGIN_LIBRARY_PATH;
  return [...(named ? [describePlugin('custom', 'environment', named, machine)] : []), ...npmPlugins(machine), ...cachedPlugins(machine)];
}

/** Plugins that pip has installed in the user's Python; may start it once. */
export async function pythonPlugins(machine: Machine = thisMachine): Promise<FoundPlugin[]> {
  const found = new Map<string, FoundPlugin>();
  for (const folder of await pythonFolders(machine)) {
    for (const { id, inSitePackages } of knownPlugins) {
      for (const library of inSitePackages) add(id, join(folder, library));
    }
    for (const parent of ['jax_plugins', 'xla_plugins']) {
      for (const name of list(join(folder, parent))) {
        for (const file of list(join(folder, parent, name)))
          if (/plugin.*\.(so|dylib|dll)$/.test(file)) add(name, join(folder, parent, name, file));
      }
    }
  }
  return [...found.values()];

  function add(id: string, path: string): void {
    if (!found.has(path) && existsSync(path)) found.set(path, describePlugin(id, 'python', path, machine));
  }
}

/** Every known plugin with what is installed of it, then whatever else was found. */
export async function listPlugins(machine: Machine = thisMachine): Promise<PluginListing[]> {
  const found = [...plugins(machine), ...(await pythonPlugins(machine))];
  const known = knownPlugins.map(({ id, title, license, builds }) => {
    const build = builds[platformKey(machine)];
    const installable = build === undefined ? null : { version: build.version, bytes: build.bytes };
    return { id, title, license, installable, found: found.filter((plugin) => plugin.id === id) };
  });
  const others = found.filter(({ id }) => !knownPlugins.some((plugin) => plugin.id === id));
  return [
    ...known,
    ...others.map((plugin) => ({ id: plugin.id, title: plugin.path, license: 'unknown', installable: null, found: [plugin] })),
  ];
}

function npmPlugins(machine: Machine): FoundPlugin[] {
  const name = `@basinlab/pjrt-cpu-${platformKey(machine)}`;
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href]) {
    try {
      const folder = dirname(createRequire(from).resolve(`${name}/package.json`));
      const library = list(folder).find((file) => /\.(so|dylib|dll)$/.test(file));
      if (library !== undefined) return [describePlugin('cpu', 'npm', join(folder, library), machine)];
    } catch {
      // Not installed from there.
    }
  }
  return [];
}

function cachedPlugins(machine: Machine): FoundPlugin[] {
  const parent = pluginsFolder(machine);
  return knownPlugins.flatMap(({ id, builds }) => {
    const build = builds[platformKey(machine)];
    const path = build && join(parent, `${id}-${build.version}`, build.library);
    return path !== undefined && existsSync(path) ? [describePlugin(id, 'cache', path, machine)] : [];
  });
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
