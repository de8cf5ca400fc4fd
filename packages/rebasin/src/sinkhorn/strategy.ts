import type { RebasinStrategy } from '@basinlab/core';
import { matchSinkhorn, type SinkhornOptions } from './match-sinkhorn.js';

export type SinkhornStrategyOptions = Pick<
  SinkhornOptions,
  'objective' | 'start' | 'steps' | 'learningRate' | 'temperature' | 'iterations' | 'batch' | 'every'
>;

/** Aligns by {@link matchSinkhorn}: needs the network and labelled examples unless the objective is the distance. Permutation groups only. */
export function sinkhornRebasin(options: SinkhornStrategyOptions = {}): RebasinStrategy {
  const onWeights = options.objective === 'distance';
  return {
    id: onWeights ? 'sinkhorn-distance' : 'sinkhorn',
    summary: `Permutes units by gradients of ${onWeights ? 'the distance' : 'the loss between both'} through soft permutations (Sinkhorn re-basin)`,
    needs: onWeights ? 'weights' : 'loss',
    align: async (a, b, { specs, stateSpecs, key, signal, network, data }) => {
      const given = { ...(network !== undefined && { network }), ...(data !== undefined && { data }) };
      return (await matchSinkhorn(a, b, { ...given, specs, stateSpecs, key, signal, ...options })).transform;
    },
  };
}
