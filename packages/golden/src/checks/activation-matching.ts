import * as tf from '@tensorflow/tfjs-core';
import { BasinlabError } from '@basinlab/core';
import { keyFromSeed } from '@basinlab/core/random';
import { matchingObjectives, objectivesUnder, pairMoments, similarityMatrix, type PairMoments, type Similarity } from '@basinlab/rebasin';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture, GoldenTensor } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { matchResnets } from './activation-matching-resnet.js';

/** Names of the similarities in fixtures and here. */
const similarityNames: Readonly<Record<string, Similarity>> = {
  dot: 'dot',
  dot_unnormalized: 'dot-unnormalised',
  pearson: 'pearson',
  pearson_zero_for_constant: 'pearson-zero-for-constant',
  uncorrelatedness: 'uncorrelatedness',
  uncorrelatedness_one_for_constant: 'uncorrelatedness-one-for-constant',
};

/** The similarity that a fixture calls `mode`. */
export function similarityCalled(fixture: GoldenFixture, mode: string): Similarity {
  const similarity = similarityNames[mode];
  if (similarity === undefined) throw new BasinlabError(fixture.id, `one of ${Object.keys(similarityNames).join(', ')}`, mode);
  return similarity;
}

/** Similarity matrices and objectives of given activations or of two residual networks, in every mode of the fixture. */
export const activationMatchingCheck: GoldenCheck = {
  kinds: ['activation_matching'],
  async compute(fixture) {
    if (fixture.inputs['A'] === undefined) return matchResnets(fixture, (mode) => similarityCalled(fixture, mode));
    const moments = await momentsOf(inputOf(fixture, 'A'), inputOf(fixture, 'B'));
    const { shape, data } = inputOf(fixture, 'given_permutations');
    const [count = 0, units = 0] = shape;
    const given = Array.from({ length: count }, (_, i) => data.subarray(i * units, (i + 1) * units));
    const got: Record<string, ArrayLike<number>> = {};
    for (const mode of Object.keys(parameterOf(fixture, 'modes', z.record(z.string(), z.unknown())))) {
      const similarity = similarityMatrix(moments, similarityCalled(fixture, mode));
      const objectives = matchingObjectives(similarity, { key: keyFromSeed(0), count: 0 });
      const random = objectivesUnder(similarity, given);
      got[`${mode}.similarity`] = similarity;
      got[`${mode}.optimal_permutation`] = objectives.permutation;
      got[`${mode}.objective_optimal`] = [objectives.optimal];
      got[`${mode}.objective_identity`] = [objectives.identity];
      got[`${mode}.objective_given`] = random.values;
      got[`${mode}.objective_given_mean`] = [random.mean];
      got[`${mode}.objective_given_std`] = [random.deviation];
    }
    if (fixture.parameters['plain_modes_must_fail'] === true) mustRefuse(fixture, moments);
    return got;
  },
};

/** Activations [samples, units], or feature maps [samples, units, height, width] of which every pixel is a sample. */
async function momentsOf(a: GoldenTensor, b: GoldenTensor): Promise<PairMoments> {
  const rowsOf = (side: GoldenTensor): tf.Tensor => (side.shape.length === 4 ? tf.transpose(toDevice(side), [0, 2, 3, 1]) : toDevice(side));
  return pairMoments(rowsOf(a), rowsOf(b));
}

function mustRefuse(fixture: GoldenFixture, moments: PairMoments): void {
  for (const similarity of ['pearson', 'uncorrelatedness'] as const) {
    let refused = false;
    try {
      similarityMatrix(moments, similarity);
    } catch {
      refused = true;
    }
    if (!refused) throw new BasinlabError(fixture.id, `${similarity} to refuse constant units`, 'a matrix');
  }
}
