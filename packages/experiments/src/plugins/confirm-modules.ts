import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BasinlabError } from '@basinlab/core';
import { hashPlugin, inspectPlugin, type PluginFile } from '@basinlab/core/container';
import { readRunConfig } from '@basinlab/core/store';
import { usageError } from '../errors/usage-error.js';
import { modulePath } from '../experiment/starting-point.js';
import { changeOf, modulesOfRun } from '../runs/modules-of-run.js';
import { forgetModules, rememberModules, trustedModules } from '../trust.js';

/** A module that the user has confirmed, of which nothing was run. */
export interface ConfirmedModule extends PluginFile {
  /** An absolute path or a package. */
  readonly module: string;
  /** False where its content had been confirmed before. */
  readonly isNew: boolean;
}

/**
 * Lets modules run from now on where runs name them, by their content; runs nothing. A name is a path, an installed package, or the folder of a run, which stands for all modules
 * that it names.
 * @throws BasinlabError, and confirms none, for a module that is missing or, of a run, is not what was recorded
 */
export async function confirmModules(names: readonly string[]): Promise<readonly ConfirmedModule[]> {
  const found = new Map<string, PluginFile>();
  for (const name of names.filter((one) => !isRun(one))) found.set(modulePath(name), await inspectPlugin(modulePath(name)));
  // A module beside its run may be the one that the run has by another path.
  for (const name of names.filter(isRun))
    for (const [module, file] of await unchangedModules(resolve(name), [...found.keys()])) found.set(module, file);
  const fresh = await rememberModules(Object.fromEntries([...found].map(([module, { sha256 }]) => [module, sha256])));
  return [...found].map(([module, file]) => ({ module, ...file, isNew: fresh.includes(file.sha256) }));
}

const isRun = (name: string): boolean => existsSync(join(name, 'config.json'));

async function unchangedModules(
  directory: string,
  others: readonly string[],
): Promise<readonly (readonly [module: string, file: PluginFile])[]> {
  const { plugins } = await readRunConfig(directory);
  return (await modulesOfRun(directory, plugins, others)).map((module) => {
    const change = changeOf(directory, module);
    if (change !== null) throw change;
    return [module.module, module.found as PluginFile] as const;
  });
}

/** A content that may run, and what has become of the module since. */
export interface TrustedModule {
  readonly module: string;
  readonly sha256: string;
  readonly now: 'as confirmed' | 'changed' | 'gone';
}

/** What the user trusts on this machine, in the order of confirmation. */
export const listTrusted = async (): Promise<readonly TrustedModule[]> =>
  Promise.all(
    Object.entries(await trustedModules()).map(async ([sha256, module]): Promise<TrustedModule> => {
      const found = await hashPlugin(module).catch(() => null);
      return { module, sha256, now: found === null ? 'gone' : found === sha256 ? 'as confirmed' : 'changed' };
    }),
  );

/**
 * Takes trust back: of every content that was confirmed under a name, of a module's present content, or of a hash. Returns what is trusted no more. Throws a usage error, and takes
 * back none, for a name that nothing is trusted by.
 */
export async function takeTrustBack(names: readonly string[]): Promise<readonly TrustedModule[]> {
  const all = await listTrusted();
  const taken: TrustedModule[] = [];
  for (const name of names) {
    const present = await hashPlugin(modulePath(name)).catch((error: unknown) => {
      if (error instanceof BasinlabError) return null;
      throw error;
    });
    const own = all.filter(({ module, sha256 }) => [name, modulePath(name)].includes(module) || [name, present].includes(sha256));
    if (own.length === 0) throw usageError('plugins untrust', 'a module that is trusted', name, 'Those are: basinlab plugins trust --list');
    taken.push(...own.filter((one) => !taken.includes(one)));
  }
  await forgetModules(taken.map(({ sha256 }) => sha256));
  return taken;
}
