import { readFileSync } from 'node:fs';
import type { Family, PluginFamilies, Registry } from '@basinlab/core/container';
import type { ZodType } from 'zod';
import { usageError } from '../errors/usage-error.js';
import { splitValues } from '../sweeps/grid.js';
import { applyOverrides } from './override.js';
import { parseConfig } from './parse.js';

/**
 * A plugin with its options as a flag names it: `tensorboard`, `mlflow:directory=mlruns,experiment=mine`, or with a JSON file of options that those after
 * it override: `slurm:@cluster.json,partition=gpu`. Throws usage errors.
 */
export function choosePlugin<F extends Family>(
  flag: string,
  family: F,
  text: string,
  registry: Registry,
): { readonly plugin: PluginFamilies[F]; readonly options: unknown } {
  const [id, ...rest] = text.split(':');
  const plugin = registry.resolve(family, id!);
  const assignments = rest.length === 0 || rest.join(':') === '' ? [] : splitValues(rest.join(':'));
  const files = assignments.filter((one) => one.startsWith('@')).map((one) => readOptions(flag, one.slice(1)));
  const given = applyOverrides(
    Object.assign({}, ...files),
    assignments.filter((one) => !one.startsWith('@')),
  );
  return { plugin, options: parseConfig(`${flag} ${id!}`, (plugin as { options: ZodType }).options, given) };
}

function readOptions(flag: string, path: string): object {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as object;
  } catch (error) {
    throw usageError(flag, 'a readable JSON file after @', `${path} (${(error as Error).message})`);
  }
}
