import { embed, gaussianLatent, parityLabels, signLabels } from '@basinlab/datasets';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf } from '../inputs.js';

/** Samples in random subspaces from given draws: Gaussian clusters, binary labels, parity. */
export const subspaceDatasetsCheck: GoldenCheck = {
  kinds: ['subspace_datasets'],
  compute(fixture) {
    const intrinsic = parameterOf(fixture, 'd_intrinsic', z.number());
    const given = (name: string) => inputOf(fixture, name).data;
    const embedded = (set: string, latent: ArrayLike<number>) => embed(latent, given(`${set}.P`), intrinsic);
    const clusters = { intrinsic, means: given('gaussian.means'), rotations: given('gaussian.Q'), scale: given('gaussian.scale') };
    return Promise.resolve({
      'parity.labels': parityLabels(given('parity.Z'), intrinsic, parameterOf(fixture, 'parity_modulo_base', z.number())),
      'parity.data': embedded('parity', given('parity.Z')),
      'multilabel.labels': signLabels(given('multilabel.Z')),
      'multilabel.data': embedded('multilabel', given('multilabel.Z')),
      'gaussian.data': embedded('gaussian', gaussianLatent(clusters, given('gaussian.labels'), given('gaussian.eps'))),
    });
  },
};
