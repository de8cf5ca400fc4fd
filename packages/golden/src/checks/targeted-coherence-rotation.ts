import { coherenceRotation, multiply, principalAxes, rotateSamples, subspaceCoherence } from '@basinlab/datasets';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf } from '../inputs.js';

/** Rotations to a target coherence: what the coordinate subspace reaches, and what the principal subspace of rotated data reaches. */
export const targetedCoherenceRotationCheck: GoldenCheck = {
  kinds: ['targeted_coherence_rotation'],
  compute(fixture) {
    const dimension = parameterOf(fixture, 'full_dimension', z.number());
    const subspace = parameterOf(fixture, 'subspace_dimension', z.number());
    const { data } = inputOf(fixture, 'data');
    const { axes } = principalAxes(data, dimension);
    const entries = parameterOf(fixture, 'targets', z.array(z.number())).flatMap((target, i) => {
      const rotation = coherenceRotation(dimension, subspace, target);
      const rows = Array.from({ length: subspace }, (_, column) =>
        Array.from({ length: dimension }, (_, row) => rotation[row * dimension + column]!),
      );
      const rotated = principalAxes(rotateSamples(multiply(rotation, axes, dimension), data, dimension), dimension);
      const leading = rotated.axes.subarray(0, subspace * dimension);
      return [
        [`coherence${i}`, [subspaceCoherence(rows.flat(), dimension)]],
        [`data_coherence${i}`, [subspaceCoherence(leading, dimension)]],
      ] as const;
    });
    return Promise.resolve(Object.fromEntries(entries));
  },
};
