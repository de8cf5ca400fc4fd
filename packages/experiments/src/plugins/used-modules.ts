import type { Family, Registry } from '@basinlab/core/container';
import type { Experiment } from '../experiment/schema.js';

/** The plugins that an experiment names, by family. */
export const pluginsOf = ({
  dataset,
  architecture,
  breaking,
  training,
}: Experiment): readonly (readonly [Family, { readonly id: string }])[] => [
  ['dataset', dataset],
  ['architecture', architecture],
  ['symmetryBreaking', breaking],
  ['optimizer', training.optimizer],
  ['schedule', training.schedule],
];

/**
 * Of the modules with their hashes those that plugins of an experiment came from: what a run must find again. Others, such as one of a measurement that a
 * project always loads, may change without a run minding.
 */
export function usedModules(
  experiment: Experiment,
  registry: Registry,
  hashes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const origins = new Set(pluginsOf(experiment).map(([family, { id }]) => registry.origin(family, id)));
  return Object.fromEntries(Object.entries(hashes).filter(([module]) => origins.has(module)));
}
