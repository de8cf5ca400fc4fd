import type { Reproduction, Scale } from '@basinlab/core';
import { applyOverrides, parseConfig, usageError } from '@basinlab/experiments';

/** What a user changed: settings of the reproduction itself, and those of every experiment that it trains. */
export interface ReproductionSettings {
  readonly own: unknown;
  /** `path=value`, as `basinlab train --set` takes them. */
  readonly experiments: readonly string[];
}

/** Roots of paths that belong to experiments. */
const experimentRoots = ['dataset', 'architecture', 'breaking', 'training'];

/**
 * The settings of a reproduction at a scale with overrides in one language: paths that begin with `dataset`, `architecture`, `breaking` or `training`
 * change the experiments, all others the reproduction's own settings. Throws a usage error for unknown keys and wrong values.
 */
export function settingsOf(reproduction: Reproduction, scale: Scale, overrides: readonly string[]): ReproductionSettings {
  const isOfExperiments = (override: string): boolean => experimentRoots.includes(override.split(/[.=]/, 1)[0]!);
  const experiments = overrides.filter(isOfExperiments);
  if (experiments.length > 0 && reproduction.populations === undefined)
    throw usageError(reproduction.id, 'settings of its own, as it trains no populations', experiments[0]!);
  const own = applyOverrides(
    reproduction.scale(scale),
    overrides.filter((override) => !isOfExperiments(override)),
  );
  return { own: parseConfig(reproduction.id, reproduction.settings, own), experiments };
}
