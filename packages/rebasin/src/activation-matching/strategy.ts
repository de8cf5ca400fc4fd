import type { ActivationBatch, RebasinStrategy, Site } from '@basinlab/core';
import { foldActivations } from '@basinlab/core/measurement';
import { z } from 'zod';
import { createActivationMatcher } from './match-activations.js';
import { similarities, type Similarity } from './similarity.js';

/** Options of `activation-matching`. */
export interface ActivationMatchingStrategyOptions {
  /** Where activations are compared. Default `post-activation`. */
  readonly site?: Site;
  /** Default `pearson-zero-for-constant`. */
  readonly similarity?: Similarity;
  /** Whether groups that may rotate, or change signs, are permuted only. Default false. */
  readonly permutationsOnly?: boolean;
}

const schema = z.strictObject({
  site: z
    .enum(['input', 'post-linear', 'post-norm', 'post-activation'])
    .default('post-activation')
    .describe('where activations are compared'),
  similarity: z.enum(similarities).default('pearson-zero-for-constant').describe('of units that are permuted'),
  permutationsOnly: z.boolean().default(false).describe('only permute groups that may rotate or change signs'),
});

/** Aligns by {@link createActivationMatcher}: needs activations of both networks on the same inputs. Rotates groups of kind `orthogonal`, and changes signs where they are free. */
export function activationMatching(options: ActivationMatchingStrategyOptions = {}): RebasinStrategy {
  return {
    id: 'activation-matching',
    summary: 'Permutes units, or rotates them where that is allowed, so that they respond alike to the same inputs',
    needs: 'activations',
    settings: { schema, configure: (settings) => activationMatching(schema.parse(settings)) },
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
