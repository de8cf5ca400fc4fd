import type { Dataset } from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import { z } from 'zod';
import { embed, seededBasis } from './embed.js';
import { signLabels } from './labels.js';
import { loadSubspace, subspaceOptions } from './load-subspace.js';
import type { SubspacePart } from './load-subspace.js';

const options = z.strictObject({
  ...subspaceOptions,
  /** Number of labels, and dimensions of the subspace. */
  labels: z.number().int().min(2).default(50),
  /** Of the subspace. */
  basisSeed: z.number().int().default(890),
  trainSeed: z.number().int().default(234),
  testSeed: z.number().int().default(567),
});

/** Options of `multilabel-subspace`. */
export type MultilabelSubspaceOptions = z.output<typeof options>;

/**
 * Independent binary labels in a random subspace: z ~ N(0, I) [labels], label i is z_i > 0, the input is P z with random orthonormal columns P
 * [ambient, labels]. Labels are float32 [samples, labels]. arXiv 2606.04754; the seeds have its roles, not its random numbers.
 */
export const multilabelSubspace: Dataset<MultilabelSubspaceOptions> = {
  id: 'multilabel-subspace',
  summary: 'Fifty independent binary labels, one per dimension of a random subspace',
  options,
  status: () => Promise.resolve({ available: true, where: 'made in memory' }),
  load(asked) {
    const { labels: classes, ambient, basisSeed } = asked;
    const basis = seededBasis(basisSeed, ambient, classes);
    const part = (seed: number, samples: number): SubspacePart => {
      const latent = normal(childKey(keyFromSeed(seed), 'latent'), samples * classes);
      return { inputs: embed(latent, basis, classes), labels: signLabels(latent) };
    };
    return Promise.resolve(loadSubspace(part(asked.trainSeed, asked.train), part(asked.testSeed, asked.test), { ...asked, classes }));
  },
};
