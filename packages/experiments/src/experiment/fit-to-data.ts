import type { LoadedDataset } from '@basinlab/core';
import type { Registry } from '@basinlab/core/container';
import type { ZodType } from 'zod';
import { usageError } from '../errors/usage-error.js';
import type { JsonSchema } from './describe-schema.js';
import { jsonSchema } from './schema-nodes.js';
import type { Experiment } from './schema.js';

type Options = Readonly<Record<string, unknown>>;

/** Options of architectures that the data decide: entries of one input, or its shape; logits; tokens, and how many stand in a row. */
const decided = ['inputs', 'outputs', 'classes', 'vocabulary', 'positions'] as const;

function propertiesOf({ architecture }: Experiment, registry: Registry): Readonly<Record<string, JsonSchema>> {
  return jsonSchema(registry.resolve('architecture', architecture.id).options as ZodType).properties ?? {};
}

const missing = (properties: Readonly<Record<string, JsonSchema>>, options: Options) =>
  decided.filter((name) => properties[name] !== undefined && options[name] === undefined && properties[name].default === undefined);

/** Sizes that an experiment's settings leave to the data, by the names of the architecture's options. */
export const leftToData = (experiment: Experiment, registry: Registry): readonly string[] =>
  missing(propertiesOf(experiment, registry), experiment.architecture.options);

/** Options with something in the place of what the data will decide, so that the rest can be checked before data are there. */
export function withPlaceholders(schema: ZodType, options: Options): Options {
  const properties = jsonSchema(schema).properties ?? {};
  return {
    ...options,
    ...Object.fromEntries(missing(properties, options).map((name) => [name, properties[name]!.type === 'array' ? [1, 1, 1] : 1])),
  };
}

/**
 * The experiment with the sizes that its settings leave out taken from the data: `inputs` (a number of entries, or height, width and channels) or
 * `positions`, and `outputs`, `classes` or `vocabulary`. Throws a usage error where sizes are given and the data have others.
 */
export function fitToData(experiment: Experiment, registry: Registry, data: LoadedDataset): Experiment {
  const properties = propertiesOf(experiment, registry);
  const options: Options = experiment.architecture.options;
  const entries = data.inputShape.reduce((product, length) => product * length, 1);
  const sizeOf = (name: (typeof decided)[number]): unknown => {
    if (name !== 'inputs' && name !== 'positions') return data.classes;
    return properties[name]!.type === 'array' ? data.inputShape : entries;
  };
  const filled = Object.fromEntries(missing(properties, options).map((name) => [name, sizeOf(name)]));
  for (const name of decided) {
    if (properties[name] === undefined) continue;
    const [wanted, given] = [sizeOf(name), options[name]];
    if (given === undefined || same(given, wanted, name)) continue;
    const remedy = `Set architecture.options.${name}=${JSON.stringify(wanted)}, or leave it out`;
    throw usageError(
      `architecture.options.${name}`,
      `what the data set ${experiment.dataset.id} has, ${JSON.stringify(wanted)}`,
      given,
      remedy,
    );
  }
  if (Object.keys(filled).length === 0) return experiment;
  return { ...experiment, architecture: { ...experiment.architecture, options: { ...options, ...filled } } };
}

/** Images may come as rows of entries: their number must be right, not their shape. A network may have more positions than the data. */
function same(given: unknown, wanted: unknown, name: string): boolean {
  const size = (value: unknown): number =>
    Array.isArray(value) ? (value as number[]).reduce((product, length) => product * length, 1) : Number(value);
  if (name === 'positions') return Number(given) >= Number(wanted);
  return name === 'inputs' ? size(given) === size(wanted) : given === wanted;
}
