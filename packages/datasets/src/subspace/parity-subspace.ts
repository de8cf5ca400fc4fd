import type { Dataset } from '@basinlab/core';
import { childKey, keyFromSeed, uniform } from '@basinlab/core/random';
import { z } from 'zod';
import { embed, seededBasis } from './embed.js';
import { parityLabels } from './labels.js';
import { loadSubspace, subspaceOptions } from './load-subspace.js';
import type { SubspacePart } from './load-subspace.js';

const options = z.strictObject({
  ...subspaceOptions,
  /** Dimensions of the subspace. */
  intrinsic: z.number().int().positive().default(128),
  /** Number of classes: negative coordinates are counted modulo this. */
  base: z.number().int().min(2).default(2),
  /** Of the subspace. */
  basisSeed: z.number().int().default(901),
  trainSeed: z.number().int().default(345),
  testSeed: z.number().int().default(678),
});

/** Options of `parity-subspace`. */
export type ParitySubspaceOptions = z.output<typeof options>;

/**
 * Parity in a random subspace: z ~ U[-1, 1)^intrinsic, the class is the number of negative z_i modulo `base`, the input is P z with random
 * orthonormal columns P [ambient, intrinsic]. arXiv 2606.04754; the seeds have its roles, not its random numbers.
 */
export const paritySubspace: Dataset<ParitySubspaceOptions> = {
  id: 'parity-subspace',
  summary: 'Parity of signs in a random subspace',
  options,
  status: () => Promise.resolve({ available: true, where: 'made in memory' }),
  load(asked) {
    const { intrinsic, base, ambient, basisSeed } = asked;
    const basis = seededBasis(basisSeed, ambient, intrinsic);
    const part = (seed: number, samples: number): SubspacePart => {
      const latent = uniform(childKey(keyFromSeed(seed), 'latent'), samples * intrinsic, { min: -1, max: 1 });
      return { inputs: embed(latent, basis, intrinsic), labels: parityLabels(latent, intrinsic, base) };
    };
    return Promise.resolve(loadSubspace(part(asked.trainSeed, asked.train), part(asked.testSeed, asked.test), { ...asked, classes: base }));
  },
};
