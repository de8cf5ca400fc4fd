import type { AlignmentContext, RebasinStrategy, SymmetryTransform, Tensors } from '@basinlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { applyTransform, composeTransforms, groupKinds, withGroups } from '../transform/index.js';
import { matchWeights } from '../weight-matching/index.js';
import { matchInvertible } from './match-invertible.js';

/** Options of `invertible-matching`. */
export interface InvertibleMatchingOptions {
  /** Largest condition number of a map. Default 1e4. */
  readonly condition?: number;
  /** Passes over all maps. Default 20. */
  readonly sweeps?: number;
  /** Rounds of maps and then of weight matching of the other groups. Default 3. */
  readonly rounds?: number;
}

/** Axes of the parameters, and what the search may do. */
interface MatchMapsOptions extends InvertibleMatchingOptions, Pick<AlignmentContext, 'specs' | 'key'> {
  readonly signal?: AbortSignal | undefined;
}

const count = z.number().int().positive();
const schema = z.strictObject({
  condition: z
    .number()
    .min(1)
    .default(1e4)
    .describe('largest condition number of a map; the alignment is refused where a worse one is the closest'),
  sweeps: count.default(20).describe('passes over all maps'),
  rounds: count.default(3).describe('rounds of maps and weight matching, where there are groups of other kinds'),
});

/** Aligns by {@link matchInvertible}, and groups of other kinds by weight matching: needs no data. */
export function invertibleMatching(options: InvertibleMatchingOptions = {}): RebasinStrategy {
  const settings = schema.parse(options);
  return {
    id: 'invertible-matching',
    summary:
      'Maps units that any invertible map may move onto those of the other model, by least squares in closed form; permutes the others',
    needs: 'weights',
    settings: { schema, configure: (given) => invertibleMatching(schema.parse(given)) },
    align: (a, b, context) => matchMaps(a.params, b.params, { ...context, ...settings }),
  };
}

/** What `invertible-matching` finds. */
export async function matchMaps(
  a: Tensors,
  b: Tensors,
  { specs, key, signal, rounds = 3, condition, sweeps }: MatchMapsOptions,
): Promise<SymmetryTransform> {
  const kinds = groupKinds(specs);
  const others = withGroups(specs, (group) => kinds.get(group) !== 'invertible');
  const hasOthers = groupKinds(others).size > 0;
  const hasMaps = [...kinds.values()].includes('invertible');
  let transform: SymmetryTransform = {};
  let moved = tf.tidy(() => applyTransform(specs, b, transform));
  const move = (step: SymmetryTransform): void => {
    const next = applyTransform(specs, moved, step);
    tf.dispose(moved);
    [moved, transform] = [next, composeTransforms(transform, step)];
  };
  try {
    for (let round = 0; round < (hasOthers && hasMaps ? rounds : 1); round++) {
      if (hasOthers) move((await matchWeights(a, moved, { specs: others, key, ...(signal && { signal }) })).transform);
      if (hasMaps)
        move(
          (
            await matchInvertible(a, moved, {
              specs,
              signal,
              ...(condition !== undefined && { condition }),
              ...(sweeps !== undefined && { sweeps }),
            })
          ).transform,
        );
    }
    return transform;
  } finally {
    tf.dispose(moved);
  }
}
