import type { RebasinStrategy } from '@basinlab/core';
import { matchStraightThrough, type StraightThroughOptions } from './match-straight-through.js';

/** Options of `straight-through`. */
export type StraightThroughStrategyOptions = Pick<StraightThroughOptions, 'steps' | 'learningRate' | 'batch' | 'restarts'>;

/** Aligns by {@link matchStraightThrough}: needs the network and labelled examples. Permutation groups only. */
export function straightThrough(options: StraightThroughStrategyOptions = {}): RebasinStrategy {
  return {
    id: 'straight-through',
    summary: 'Permutes units for a low loss at the midpoint of both networks: straight-through gradients (Git Re-Basin)',
    needs: 'loss',
    align: async (a, b, context) => (await matchStraightThrough(a, b, { ...context, ...options })).transform,
  };
}
