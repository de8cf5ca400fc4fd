import type { RebasinStrategy } from '@basinlab/core';
import { z } from 'zod';
import { manyToFirst } from '../many/match-many.js';
import { matchWeights } from './match-weights.js';

/** Options of `weight-matching`. */
export interface WeightMatchingStrategyOptions {
  /** Descents from the identity, each in its own random order; the best is kept. Default 10. */
  readonly restarts?: number;
}

const schema = z.strictObject({ restarts: z.number().int().positive().default(10).describe('descents, of which the best is kept') });

/** Aligns by {@link matchWeights}: needs no data. Permutes groups, with their signs and with the angles of coordinates in planes where they have these. */
export function weightMatching({ restarts = 10 }: WeightMatchingStrategyOptions = {}): RebasinStrategy {
  return {
    id: 'weight-matching',
    summary: 'Permutes units so that weights come close: coordinate descent over linear assignment problems (Git Re-Basin)',
    needs: 'weights',
    settings: { schema, configure: (settings) => weightMatching(schema.parse(settings)) },
    align: async (a, b, { specs, key, signal }) =>
      (await matchWeights(a.params, b.params, { specs, key, restarts, ...(signal === undefined ? {} : { signal }) })).transform,
    alignMany: (models, context) => manyToFirst(models, context, restarts),
  };
}
