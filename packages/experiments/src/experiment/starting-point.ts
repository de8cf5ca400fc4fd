import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { Scale } from '@basinlab/core';
import { usageError } from '../errors/usage-error.js';
import { findPreset, overridesOf } from '../presets/index.js';
import { mnistMlp } from './schema.js';

/** Settings to start from, and overrides that belong to them. */
export interface StartingPoint {
  readonly base: unknown;
  readonly overrides: readonly string[];
}

/** A preset at a scale, a file of settings, or the paper's MLP on MNIST. Throws a usage error where two of them are asked for. */
export async function startingPoint(preset: string | undefined, flags: { config?: string; scale?: Scale }): Promise<StartingPoint> {
  if (preset !== undefined && flags.config !== undefined)
    throw usageError('train', 'a preset or --config', 'both', 'Change settings of a preset with --set');
  if (preset === undefined && flags.scale !== undefined)
    throw usageError('--scale', 'a preset whose scale it is', 'none', 'Presets: basinlab train --list');
  if (preset !== undefined) {
    const found = findPreset(preset);
    return { base: found.experiment, overrides: overridesOf(found, flags.scale ?? 'paper') };
  }
  return { base: flags.config === undefined ? mnistMlp : await readConfig(flags.config), overrides: [] };
}

/** What `--plugin` names: a path from here, or an installed package. */
export const modulePath = (module: string): string => (module.startsWith('.') || isAbsolute(module) ? resolve(module) : module);

async function readConfig(path: string): Promise<unknown> {
  try {
    const content = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return 'versions' in content && 'config' in content ? content['config'] : content;
  } catch (error) {
    throw usageError('--config', 'a readable JSON file', `${path} (${(error as Error).message})`);
  }
}
