import { measureFunctionalSimilarity } from '@basinlab/metrics/functional-similarity';
import type { GoldenCheck } from '../contract.js';
import { inputOf, toDevice } from '../inputs.js';
import { referenceMlp } from './reference-mlp.js';

const splitNames = ['train', 'val', 'test'] as const;

/** Share of samples on which two MLPs predict the same class, per split and the mean over splits. */
export const functionalSimilarityCheck: GoldenCheck = {
  kinds: ['functional_similarity'],
  async compute(fixture) {
    const [a, b] = [referenceMlp(fixture, 'model1.'), referenceMlp(fixture, 'model2.')];
    const inputs = Object.fromEntries(splitNames.map((name) => [name, { inputs: toDevice(inputOf(fixture, `${name}.x`)) }]));
    const { splits, mean } = await measureFunctionalSimilarity(a.network, a.variables, b.variables, inputs);
    const got = Object.entries(splits).flatMap(([name, { similarity, agreeing, samples }]) => [
      [`${name}.funcsim`, [similarity]],
      [`${name}.agreement_count`, [agreeing, samples]],
    ]);
    return { ...Object.fromEntries(got), aggregate: [mean] };
  },
};
