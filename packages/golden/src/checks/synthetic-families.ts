import { coherenceTeacher, embed, exactCopyBasis, subspaceCoherence, tightFrameBasis } from '@basinlab/datasets';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf } from '../inputs.js';

/** Embeddings of the synthetic coherence experiment for every number of active copies, their samples and the teacher's outputs. */
export const syntheticFamiliesCheck: GoldenCheck = {
  kinds: ['synthetic_families'],
  compute(fixture) {
    const copies = parameterOf(fixture, 'copies', z.number());
    const given = (name: string) => inputOf(fixture, name).data;
    const frame = { copies, permutation: given('perm'), angles: given('angles') };
    const test = given('test_latent');
    const entries = Array.from({ length: copies }, (_, i) => i + 1).flatMap((active) =>
      Object.entries({
        exact_copy: exactCopyBasis(copies, active),
        random_tight_frame: tightFrameBasis({ ...frame, active }),
        random_tight_frame_anchored: tightFrameBasis({ ...frame, active, anchored: true }),
      }).flatMap(([family, basis]): [string, ArrayLike<number>][] => {
        const columns = [0, 1].flatMap((column) => Array.from(basis).filter((_, at) => at % 2 === column));
        const name = `${family}.m${active}`;
        return [
          [`${name}.basis`, basis],
          [`${name}.coherence`, [subspaceCoherence(columns, 2 * copies)]],
          [`${name}.test_x`, embed(test, basis, 2)],
        ];
      }),
    );
    return Promise.resolve({
      ...Object.fromEntries(entries),
      train_y: coherenceTeacher(given('train_latent')),
      test_y: coherenceTeacher(test),
    });
  },
};
