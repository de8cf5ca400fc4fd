import type { RebasinStrategy } from '@basinlab/core';
import { matchSinkhorn, type SinkhornDescent } from './match-sinkhorn.js';

/** Options of `sinkhorn`. */
export interface SinkhornStrategyOptions extends SinkhornDescent {
  /** See {@link matchSinkhorn}: `distance` needs no data. Default `midpoint`. */
  readonly objective?: 'distance' | 'midpoint' | 'random-point';
}

/** Aligns by {@link matchSinkhorn}: needs the network and labelled examples unless the objective is the distance. Permutation groups only. */
export function sinkhornRebasin({ objective, ...descent }: SinkhornStrategyOptions = {}): RebasinStrategy {
  const summary = (of: string): string => `Permutes units by gradients of ${of} through soft permutations (Sinkhorn re-basin)`;
  if (objective === 'distance') {
    return {
      id: 'sinkhorn-distance',
      summary: summary('the distance'),
      needs: 'weights',
      align: async (a, b, context) => (await matchSinkhorn(a, b, { ...context, ...descent, objective })).transform,
    };
  }
  return {
    id: 'sinkhorn',
    summary: summary('the loss between both'),
    needs: 'loss',
    align: async (a, b, context) => (await matchSinkhorn(a, b, { ...context, ...descent, objective })).transform,
  };
}
