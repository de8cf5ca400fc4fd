import type { AlignmentContext, AlignmentSide, RebasinStrategy, SymmetryTransform } from '@basinlab/core';
import { learnedMatching, type LearnedMatchingSettings } from '@basinlab/rebasin';
import { z } from 'zod';
import { circuitCosts } from './costs.js';
import { matchCircuits, type MatchCircuitsOptions } from './match-circuits.js';

const schema = z.strictObject({
  iterations: z.number().int().positive().default(15).describe('rounds over residual stream, heads and units'),
  permutationsOnly: z.boolean().default(false).describe('permute the residual stream in place of rotating it'),
  costs: z.enum(circuitCosts).default('code').describe("of heads and units: those of the paper's code, or of its equations"),
});
/** Options of `circuit-matching`. */
export type CircuitMatchingOptions = z.output<typeof schema>;

/** Aligns transformers in circuit form by {@link matchCircuits}: needs no data. */
export function circuitMatching(options: Partial<CircuitMatchingOptions> = {}): RebasinStrategy {
  const settings = schema.parse(options);
  return {
    id: 'circuit-matching',
    summary: 'Rotates the residual stream of transformers in circuit form, and permutes heads and units, so that weights come close',
    needs: 'weights',
    settings: { schema, configure: (given) => circuitMatching(schema.parse(given)) },
    align: (a, b, context) => align(a, b, context, settings),
  };
}

/** Aligns transformers in circuit form by learned matching from {@link matchCircuits} on: needs the network and labelled examples. */
export const circuitLearned = (options: Partial<LearnedMatchingSettings> = {}): RebasinStrategy =>
  learnedMatching(options, {
    id: 'circuit-learned',
    from: 'circuit matching',
    start: (a, b, context, { permutationsOnly }) => align(a, b, context, { permutationsOnly }),
  });

const align = async (
  a: AlignmentSide,
  b: AlignmentSide,
  { specs, signal }: AlignmentContext,
  options: Pick<MatchCircuitsOptions, 'iterations' | 'permutationsOnly' | 'costs'>,
): Promise<SymmetryTransform> =>
  (await matchCircuits(a.params, b.params, { specs, ...options, ...(signal === undefined ? {} : { signal }) })).transform;
