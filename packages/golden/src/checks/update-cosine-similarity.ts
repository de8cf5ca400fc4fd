import { cosineOfUpdates } from '@basinlab/metrics/update-cosine-similarity';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';

/** Cosine similarity of two models' updates, per tensor and over all; raw fixed entries included, as in the reference. */
export const updateCosineSimilarityCheck: GoldenCheck = {
  kinds: ['update_cosine_similarity'],
  async compute(fixture) {
    const names = parameterOf(fixture, 'trainable', z.array(z.string()));
    const [a, b] = ['update1', 'update2'].map((update) =>
      Object.fromEntries(names.map((name) => [name, toDevice(inputOf(fixture, `${update}.${name}`))])),
    );
    const { aggregate, parameters } = await cosineOfUpdates(a!, b!);
    return {
      ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`cossim.${name}`, [value]])),
      cossim_aggregate: [aggregate],
    };
  },
};
