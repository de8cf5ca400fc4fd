import { z } from 'zod';
import type { ZodType } from 'zod';
import { BasinlabError } from '@basinlab/core';
import type { WeightPosition } from '@basinlab/core';

/**
 * A value for every weight; or a list with one entry per weight, first layer first; or a record from patterns of weight names, in which `*`
 * stands for one or more characters, for example `{ 'stem.*': 12, 'stages.0.*': 108, '*.shortcut.*': 12, 'head.*': 24 }`.
 */
export type PerLayer = number | readonly number[] | Readonly<Record<string, number>>;

export const perLayer = (entry: ZodType<number>): ZodType<PerLayer> =>
  z.union([entry, z.array(entry).min(1), z.record(z.string().min(1), entry)]);

/**
 * The entry of one weight. Of several patterns that match the one with the most characters beside `*` counts. Throws a usage error where a
 * list does not have one entry per weight, a weight matches no pattern or several equally well, or a pattern matches no weight.
 */
export function atLayer(id: string, name: string, values: PerLayer, { layer, layers, weights }: WeightPosition): number {
  if (typeof values === 'number') return values;
  if (isList(values)) {
    if (values.length !== layers)
      throw new BasinlabError(id, `${name} must be one number or a list of ${layers}, one per layer`, values, { exitCode: 2 });
    return values[layer]!;
  }
  return entryOf(id, name, values, weights[layer]!, weights);
}

const isList = (values: readonly number[] | Readonly<Record<string, number>>): values is readonly number[] => Array.isArray(values);

function entryOf(id: string, name: string, values: Readonly<Record<string, number>>, weight: string, weights: readonly string[]): number {
  const refuse = (requirement: string, got: string): BasinlabError =>
    new BasinlabError(id, requirement, got, { exitCode: 2, remedy: `The weights are ${weights.join(', ')}` });
  const patterns = Object.keys(values);
  const idle = patterns.find((pattern) => !weights.some(matching(pattern)));
  if (idle !== undefined) throw refuse(`every pattern of ${name} must match a weight`, idle);
  const matches = patterns.filter((pattern) => matching(pattern)(weight));
  const most = Math.max(...matches.map(literals));
  const [best, equal] = matches.filter((pattern) => literals(pattern) === most);
  if (best === undefined) throw refuse(`${name} must have a pattern that matches ${weight}`, patterns.join(', ') || 'none');
  if (equal !== undefined && values[equal] !== values[best])
    throw refuse(`${name} must have one closest pattern for ${weight}`, `${best} and ${equal}`);
  return values[best]!;
}

const literals = (pattern: string): number => pattern.replaceAll('*', '').length;

function matching(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.+')}$`);
  return (name) => expression.test(name);
}
