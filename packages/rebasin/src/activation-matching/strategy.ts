import type { ActivationBatch, RebasinStrategy, Site } from '@basinlab/core';
import { foldActivations } from '@basinlab/core/measurement';
import { createActivationMatcher } from './match-activations.js';
import type { Similarity } from './similarity.js';

/** Options of `activation-matching`. */
export interface ActivationMatchingStrategyOptions {
  /** Where activations are compared. Default `post-activation`. */
  readonly site?: Site;
  /** Default `pearson-zero-for-constant`. */
  readonly similarity?: Similarity;
}

/** Aligns by {@link createActivationMatcher}: needs activations of both networks on the same inputs. Permutation groups only. */
export function activationMatching(options: ActivationMatchingStrategyOptions = {}): RebasinStrategy {
  return {
    id: 'activation-matching',
    summary: 'Permutes units so that they respond alike to the same inputs: one assignment per group',
    needs: 'activations',
    sites: [options.site ?? 'post-activation'],
    align: async (_a, _b, { specs, activations, signal }) => {
      const matcher = createActivationMatcher({ specs, ...options, ...(signal && { signal }) });
      try {
        await foldActivations(activations, matcher, async (_, batch) => {
          await matcher.add(columnsOf(batch, 'a'), columnsOf(batch, 'b'));
          return matcher;
        });
        return (await matcher.match()).transform;
      } finally {
        matcher.dispose();
      }
    },
  };
}

/** A batch's columns of one model. */
export const columnsOf = ({ rows, columns }: ActivationBatch, model: string): ActivationBatch => ({
  rows,
  columns: columns.filter(({ field }) => field.model === model),
});
