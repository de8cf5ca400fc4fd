import { normal, uniform, type Key } from '@basinlab/core/random';

/** How lambda is drawn in each step: the share of A in lambda A + (1 - lambda) B. */
export const lambdaSamplers = ['narrow-uniform', 'narrow-uniform-biased', 'uniform', 'gaussian', 'fixed'] as const;
/** See {@link lambdaSamplers}. */
export type LambdaSampler = (typeof lambdaSamplers)[number];

/**
 * Lambda from a number drawn uniformly on [0, 1), for `gaussian` from a standard normal one: uniform on [0.4, 0.6], on [0.2, 0.5] (for a wider A) or on
 * [0, 1]; 0.5 + 0.1 z, clipped to [0, 1]; or 0.5 always. Theus et al. 2025, arXiv 2506.22712, on sampling.
 */
export function lambdaOf(sampler: LambdaSampler, drawn: number): number {
  switch (sampler) {
    case 'narrow-uniform':
      return 0.4 + 0.2 * drawn;
    case 'narrow-uniform-biased':
      return 0.2 + 0.3 * drawn;
    case 'uniform':
      return drawn;
    case 'gaussian':
      return Math.min(1, Math.max(0, 0.5 + 0.1 * drawn));
    case 'fixed':
      return 0.5;
    default:
      return sampler satisfies never;
  }
}

/** Draws a lambda. */
export const drawLambda = (sampler: LambdaSampler, key: Key): number =>
  lambdaOf(sampler, (sampler === 'gaussian' ? normal(key, 1) : uniform(key, 1))[0]!);
