import * as tf from '@tensorflow/tfjs-core';
import type { AlignmentSide, StateSpec } from '@basinlab/core';
import { applyTransform } from '../transform/apply.js';
import { meanOf } from './mean.js';
import { matchMany, type ManyMatching, type MatchManyOptions } from './match-many.js';

/** The mean of several aligned models. */
export interface MergedModels {
  /** Means of the aligned models, as tensors that the caller disposes. */
  readonly params: AlignmentSide['params'];
  readonly state: NonNullable<AlignmentSide['state']>;
  readonly matching: ManyMatching;
}

/**
 * One model out of many: all are aligned by {@link matchMany} and averaged. Running statistics are averaged too, which is not what the merged
 * model would show on data: repair it afterwards.
 */
export async function mergeModels(
  models: readonly AlignmentSide[],
  {
    stateSpecs = [],
    weights,
    ...options
  }: MatchManyOptions & { readonly stateSpecs?: readonly StateSpec[]; readonly weights?: readonly number[] },
): Promise<MergedModels> {
  const matching = await matchMany(
    models.map(({ params }) => params),
    options,
  );
  const merged = tf.tidy(() => ({
    params: meanOf(
      models.map(({ params }, i) => applyTransform(options.specs, params, matching.toUniverse[i]!)),
      weights,
    ),
    state: meanOf(
      models.map(({ state = {} }, i) => applyTransform(stateSpecs, state, matching.toUniverse[i]!)),
      weights,
    ),
  }));
  return { ...merged, matching };
}
