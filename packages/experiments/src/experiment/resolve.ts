import type { Registry } from '@basinlab/core/container';
import type { ZodType } from 'zod';
import { experimentSchema, type Experiment } from './schema.js';
import { withPlaceholders } from './fit-to-data.js';
import { applyOverrides } from './override.js';
import { parseConfig } from './parse.js';
import { jsonSchema, pathsOf } from './schema-nodes.js';

/** Where an experiment names a plugin: `id` and `options` stand under each of these paths. */
const slots = [
  { path: ['dataset'], family: 'dataset' },
  { path: ['architecture'], family: 'architecture' },
  { path: ['breaking'], family: 'symmetryBreaking' },
  { path: ['training', 'optimizer'], family: 'optimizer' },
  { path: ['training', 'schedule'], family: 'schedule' },
] as const;

interface Choice {
  readonly id: string;
  readonly options: Record<string, unknown>;
}

/**
 * An experiment from settings and `path=value` overrides, checked down to the options of its plugins before anything is started. An override
 * that names another plugin drops the options of the one before. Options stay as they are given: plugins fill in their defaults. Throws a
 * usage error that names the wrong key by its path and what was required or meant.
 */
export function resolveExperiment(command: string, base: unknown, overrides: readonly string[], registry: Registry): Experiment {
  const start = parseConfig(command, experimentSchema, base, { known: pathsOf(jsonSchema(experimentSchema)) });
  const emptied = dropOptionsOfOthers(start, overrides);
  const value = applyOverrides(emptied, overrides);
  const known = [...pathsOf(jsonSchema(experimentSchema)), ...pluginPaths(value, registry)];
  const experiment = parseConfig(command, experimentSchema, value, { known });
  for (const { path, family } of slots) {
    const { id, options } = choiceAt(experiment, path)!;
    const plugin = registry.resolve(family, id);
    const schema = plugin.options as ZodType<unknown>;
    const complete = family === 'architecture' ? withPlaceholders(schema, options) : options;
    parseConfig(command, schema, complete, { at: [...path, 'options'], known });
  }
  return experiment;
}

function dropOptionsOfOthers(experiment: Experiment, overrides: readonly string[]): Experiment {
  const changed = slots.filter(({ path }) => {
    const assignment = `${path.join('.')}.id=`;
    const chosen = overrides.findLast((override) => override.startsWith(assignment))?.slice(assignment.length);
    return chosen !== undefined && chosen !== choiceAt(experiment, path)!.id;
  });
  return applyOverrides(
    experiment,
    changed.map(({ path }) => `${path.join('.')}.options={}`),
  ) as Experiment;
}

/** Paths of the options of the plugins that are named, as far as they are known. */
function pluginPaths(value: unknown, registry: Registry): string[][] {
  return slots.flatMap(({ path, family }) => {
    const id = choiceAt(value, path)?.id;
    const plugin = registry.list(family).find((other) => other.id === id);
    return plugin === undefined ? [] : pathsOf(jsonSchema(plugin.options as ZodType), [...path, 'options']);
  });
}

function choiceAt(value: unknown, path: readonly string[]): Choice | undefined {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  ) as Choice | undefined;
}
