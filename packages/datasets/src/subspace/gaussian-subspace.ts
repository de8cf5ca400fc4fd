import type { Dataset } from '@basinlab/core';
import { orthonormalColumns } from '@basinlab/core/linear-algebra';
import { childKey, foldIn, keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { z } from 'zod';
import { embed, seededBasis } from './embed.js';
import { gaussianLatent } from './gaussian-latent.js';
import type { GaussianClusters } from './gaussian-latent.js';
import { loadSubspace, subspaceOptions } from './load-subspace.js';
import type { SubspacePart } from './load-subspace.js';

const size = z.number().int().positive();

const options = z.strictObject({
  ...subspaceOptions,
  classes: size.min(2).default(20),
  /** Dimensions of the subspace in which the samples lie. */
  intrinsic: size.default(128),
  /** Standard deviation of the means in each intrinsic dimension. */
  separation: z.number().nonnegative().default(0.3),
  /** Of the means, rotations, scales and the subspace, which training and test samples share. */
  structureSeed: z.number().int().default(789),
  /** Of the training samples and their labels. */
  trainSeed: z.number().int().default(123),
  /** Of the test samples and their labels. */
  testSeed: z.number().int().default(456),
});

/** Options of `gaussian-subspace`. */
export type GaussianSubspaceOptions = z.output<typeof options>;

/**
 * Gaussian clusters in a random subspace: a sample of class c is P (m_c + Q_c (s * N(0, I))), with means m_c ~ N(0, separation^2), a random
 * orthogonal Q_c per class, one scale s ~ N(0, I) for all, and random orthonormal columns P [ambient, intrinsic]. Inputs [samples, ambient].
 * arXiv 2606.04754; the seeds have its roles, not its random numbers.
 */
export const gaussianSubspace: Dataset<GaussianSubspaceOptions> = {
  id: 'gaussian-subspace',
  summary: 'Gaussian clusters in a random subspace, 20 classes (swap costs against the dimension of the data)',
  options,
  status: () => Promise.resolve({ available: true, where: 'made in memory' }),
  load(asked) {
    const { classes, intrinsic, ambient, structureSeed } = asked;
    const clusters = gaussianClusters(asked);
    const basis = seededBasis(structureSeed, ambient, intrinsic);
    const part = (seed: number, samples: number): SubspacePart => {
      const key = keyFromSeed(seed);
      const labels = randomInt(childKey(key, 'labels'), samples, 0, classes);
      const noise = normal(childKey(key, 'noise'), samples * intrinsic);
      return { inputs: embed(gaussianLatent(clusters, labels, noise), basis, intrinsic), labels };
    };
    return Promise.resolve(loadSubspace(part(asked.trainSeed, asked.train), part(asked.testSeed, asked.test), asked));
  },
};

function gaussianClusters({ classes, intrinsic, separation, structureSeed }: GaussianSubspaceOptions): GaussianClusters {
  const key = keyFromSeed(structureSeed);
  const rotations = new Float64Array(classes * intrinsic ** 2);
  for (let c = 0; c < classes; c++) {
    const drawn = normal(foldIn(childKey(key, 'rotations'), c), intrinsic ** 2);
    rotations.set(orthonormalColumns(drawn, intrinsic, intrinsic), c * intrinsic ** 2);
  }
  return {
    intrinsic,
    means: normal(childKey(key, 'means'), classes * intrinsic, { deviation: separation }),
    rotations,
    scale: normal(childKey(key, 'scale'), intrinsic),
  };
}
