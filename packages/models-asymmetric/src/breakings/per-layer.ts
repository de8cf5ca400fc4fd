import { z } from 'zod';
import type { ZodType } from 'zod';
import { BasinlabError } from '@basinlab/core';

/** A value for every weight layer, or a list with one entry per layer, first layer first. */
export type PerLayer = number | readonly number[];

export const perLayer = (entry: ZodType<number>): ZodType<PerLayer> => z.union([entry, z.array(entry).min(1)]);

/** The entry of one layer. Throws a usage error where a list does not have one entry per layer. */
export function atLayer(id: string, name: string, values: PerLayer, { layer, layers }: { layer: number; layers: number }): number {
  if (typeof values === 'number') return values;
  if (values.length !== layers) {
    throw new BasinlabError(id, `${name} must be one number or a list of ${layers}, one per layer`, values, { exitCode: 2 });
  }
  return values[layer]!;
}
