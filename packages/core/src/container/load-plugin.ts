import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BasinlabError } from '@basinlab/tensor';
import { demandContract } from './contract-version.js';
import { checkPlugin, families } from './families.js';
import type { Family, PluginModule } from './families.js';
import { hashModule, readModule, type ModuleContent } from './hash-module.js';
import { nearest } from './nearest.js';

/** The plugins of a module and which module it was. */
export interface LoadedPlugins {
  readonly plugins: PluginModule;
  /** Where the module was found. */
  readonly url: string;
  /** What {@link hashModule} gives, for the run's `config.json`. */
  readonly sha256: string;
}

/**
 * Imports an ES module that declares plugins and checks them against their contracts; registers nothing.
 * @param specifier a path (absolute, or relative to `folder`), a file URL, or a package that is installed in or above `folder`
 * @throws BasinlabError (exit code 2) for a module that is missing, fails, exports no plugins, was written for other contracts, or whose plugins lack a field
 */
export async function loadPlugin(specifier: string, folder: string = process.cwd()): Promise<LoadedPlugins> {
  const url = locate(specifier, folder);
  const module = await importModule(specifier, url);
  const plugins = module['default'] ?? module['plugins'];
  const remedy = 'Export `default` or `plugins`: { symmetryBreaking: [mine], ... }.';
  demandUsage(
    isRecord(plugins),
    specifier,
    'must export plugins by family as default or as `plugins`',
    Object.keys(module).join(', ') || 'no export',
    remedy,
  );
  const { contract, ...lists } = plugins;
  demandContract(specifier, contract);
  demandUsage(Object.keys(lists).length > 0, specifier, 'must declare at least one plugin', 'none', remedy);
  for (const [family, list] of Object.entries(lists)) {
    const near = nearest(family, families);
    const hint = near === null ? remedy : `Did you mean "${near}"?`;
    demandUsage(families.includes(family as Family), specifier, `families must be among ${families.join(', ')}`, family, hint);
    demandUsage(Array.isArray(list), specifier, `${family} must be a list of plugins`, typeof list, `Write { ${family}: [mine] }.`);
    for (const plugin of list as unknown[]) checkPlugin(family as Family, plugin, specifier);
  }
  return { plugins: plugins as PluginModule, url, sha256: await hashModule(fileURLToPath(url)) };
}

/** A module, of which nothing has been run. */
export interface PluginFile extends ModuleContent {
  /** Of the module's file. */
  readonly path: string;
}

/**
 * Where a module is and what it consists of ({@link readModule}); nothing of it is run.
 * @param specifier as in {@link loadPlugin}
 * @throws BasinlabError (exit code 2) for a module that is missing
 */
export async function inspectPlugin(specifier: string, folder: string = process.cwd()): Promise<PluginFile> {
  const path = fileURLToPath(locate(specifier, folder));
  const content = await readModule(path).catch((cause: unknown) => {
    throw notFound(specifier, cause, 'Is the file still there?');
  });
  return { path, ...content };
}

/** {@link inspectPlugin}, the hash of the content alone. */
export const hashPlugin = async (specifier: string, folder?: string): Promise<string> => (await inspectPlugin(specifier, folder)).sha256;

function locate(specifier: string, folder: string): string {
  if (specifier.startsWith('file:')) return specifier;
  if (isAbsolute(specifier)) return pathToFileURL(specifier).href;
  if (/^\.\.?[\\/]/.test(specifier)) return pathToFileURL(join(folder, specifier)).href;
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(specifier)).href;
  } catch (error) {
    throw notFound(specifier, error, `Install it in ${folder}, or give a path that starts with "./".`);
  }
}

async function importModule(specifier: string, url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw notFound(specifier, error, 'The module must be an ES module that imports without error.');
  }
}

function notFound(specifier: string, cause: unknown, remedy: string): BasinlabError {
  const [reason] = (cause instanceof Error || isRecord(cause) ? String((cause as { message?: unknown }).message) : String(cause)).split(
    '\n',
  );
  return new BasinlabError(specifier, 'must be a module that can be loaded', reason, { exitCode: 2, remedy, cause });
}

function demandUsage(condition: boolean, id: string, requirement: string, got: unknown, remedy: string): asserts condition {
  if (!condition) throw new BasinlabError(id, requirement, got, { exitCode: 2, remedy });
}

const isRecord = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
