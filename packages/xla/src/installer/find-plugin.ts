import { isAbsolute, resolve, sep } from 'node:path';
import { BasinlabError } from '@basinlab/tensor';
import { loadPlugin } from '../pjrt/index.js';
import type { Plugin } from '../pjrt/index.js';
import { knownPlugin } from './known-plugins.js';
import { requireWhole } from './library-check.js';
import { describePlugin, plugins, pythonPlugins } from './list-plugins.js';
import type { FoundPlugin } from './list-plugins.js';
import { thisMachine } from './machine.js';
import type { Machine } from './machine.js';

/**
 * The plugin to use: the one that PJRT_PLUGIN_LIBRARY_PATH names, else the file given, else the plugin of the id given (`cpu` first where none is
 * given) from an npm package, the cache, or the user's Python, in this order.
 * @returns null where there is none
 * @throws BasinlabError where a file that was named cannot be used, and for an unknown id
 */
export async function findPlugin(preference?: string, machine: Machine = thisMachine): Promise<FoundPlugin | null> {
  const named = machine.env.PJRT_PLUGIN_LIBRARY_PATH;
  if (named) return requireUsable(describePlugin('custom', 'environment', named, machine), 'PJRT_PLUGIN_LIBRARY_PATH');
  if (preference !== undefined && isPath(preference))
    return requireUsable(describePlugin('custom', 'file', resolve(preference), machine), 'engine');
  if (preference !== undefined) knownPlugin(preference);
  const pick = (found: readonly FoundPlugin[], id: string | undefined) =>
    found.find((plugin) => plugin.problem === null && (id === undefined || plugin.id === id)) ?? null;
  const here = plugins(machine);
  const quick = pick(here, preference ?? 'cpu');
  if (quick !== null) return quick;
  const all = [...here, ...(await pythonPlugins(machine))];
  return pick(all, preference ?? 'cpu') ?? (preference === undefined ? pick(all, undefined) : null);
}

/**
 * Finds a plugin and loads it, with the libraries that it needs.
 * @throws BasinlabError that says how to install one where there is none
 */
export async function openPlugin(preference?: string, machine: Machine = thisMachine): Promise<Plugin> {
  const found = await findPlugin(preference, machine);
  if (found === null) {
    throw new BasinlabError('engine', `an installed PJRT plugin${preference === undefined ? '' : ` "${preference}"`}`, 'none', {
      remedy: `Run \`npx basinlab engine install ${preference ?? 'cpu'}\``,
    });
  }
  return loadFound(found, machine);
}

/**
 * Loads a plugin that was found, with the libraries that it needs.
 * @throws BasinlabError where it is damaged, or others could have changed it
 */
export async function loadFound(found: FoundPlugin, machine: Machine = thisMachine): Promise<Plugin> {
  await requireWhole(found, machine);
  return loadPlugin(found.path, { preload: found.preload });
}

const isPath = (text: string): boolean => isAbsolute(text) || text.includes(sep) || /\.(so|dylib|dll)$/.test(text);

function requireUsable(plugin: FoundPlugin, id: string): FoundPlugin {
  if (plugin.problem === null) return plugin;
  throw new BasinlabError(id, 'the path of a PJRT plugin for this machine', `${plugin.path} (${plugin.problem})`, { exitCode: 2 });
}
