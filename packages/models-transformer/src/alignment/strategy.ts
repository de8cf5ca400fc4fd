import type { AlignmentContext, AlignmentSide, RebasinStrategy, SymmetryTransform } from '@basinlab/core';
import { composeTransforms, invertTransform, learnedMatching, type LearnedMatchingSettings } from '@basinlab/rebasin';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { circuitCosts } from './costs.js';
import { circuitUniverse } from './universe.js';
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
    alignMany: (models, context) => alignMany(models, context, settings),
  };
}

/** Aligns transformers in circuit form by learned matching from {@link matchCircuits} on: needs the network and labelled examples. */
export const circuitLearned = (options: Partial<LearnedMatchingSettings> = {}): RebasinStrategy =>
  learnedMatching(options, {
    id: 'circuit-learned',
    from: 'circuit matching',
    start: (a, b, context, { permutationsOnly }) => align(a, b, context, { permutationsOnly }),
    startMany: (models, context, { permutationsOnly }) => alignMany(models, context, { permutationsOnly }),
  });

const align = async (
  a: AlignmentSide,
  b: AlignmentSide,
  { specs, signal }: AlignmentContext,
  options: Pick<MatchCircuitsOptions, 'iterations' | 'permutationsOnly' | 'costs'>,
): Promise<SymmetryTransform> =>
  (await matchCircuits(a.params, b.params, { specs, ...options, ...(signal === undefined ? {} : { signal }) })).transform;

/** Through their universe: what brings a model there, and from there to the first. Iterations are those of the universe, whose rounds go over all models again. */
async function alignMany(
  models: readonly AlignmentSide[],
  { specs, signal }: AlignmentContext,
  { iterations: _, ...options }: Pick<MatchCircuitsOptions, 'iterations' | 'permutationsOnly' | 'costs'>,
): Promise<readonly SymmetryTransform[]> {
  const { universe, transforms } = await circuitUniverse(
    models.map(({ params }) => params),
    { specs, ...options, ...(signal === undefined ? {} : { signal }) },
  );
  tf.dispose(universe);
  const back = invertTransform(transforms[0]!);
  return transforms.map((transform) => composeTransforms(transform, back));
}
