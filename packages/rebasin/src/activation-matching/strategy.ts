import { demand, type RebasinStrategy, type Site } from '@basinlab/core';
import { matchActivations } from './match-activations.js';
import type { Similarity } from './similarity.js';

export interface ActivationMatchingStrategyOptions {
  /** Where activations are compared. Default `post-activation`. */
  readonly site?: Site;
  /** Default `pearson-zero-for-constant`. */
  readonly similarity?: Similarity;
}

/** Aligns by {@link matchActivations}: needs activations of both networks on the same inputs. Permutation groups only. */
export function activationMatching(options: ActivationMatchingStrategyOptions = {}): RebasinStrategy {
  return {
    id: 'activation-matching',
    summary: 'Permutes units so that they respond alike to the same inputs: one assignment per group',
    needs: 'activations',
    sites: [options.site ?? 'post-activation'],
    align: async (_a, _b, { specs, activations, signal }) => {
      demand(activations !== undefined, 'activation-matching', 'activations of both networks', 'none', 'Record them on the same inputs.');
      const { transform } = await matchActivations(activations.a, activations.b, { specs, ...options, ...(signal && { signal }) });
      return transform;
    },
  };
}
