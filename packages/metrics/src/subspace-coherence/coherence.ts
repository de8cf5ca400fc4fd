import type { Metric } from '@basinlab/tensor';
import { labelsOf, updateMoments, type SubspaceState } from '../input-subspace/metric.js';
import { principalSubspace } from '../input-subspace/principal-subspace.js';
import type { Basis } from '../neurons/projection.js';

/**
 * Coherence of a subspace, nu = max over inputs of the squared length of the input's row of U, in [k/d, 1] for k dimensions among d inputs (no
 * factor d/k); 1 where some input lies in the subspace, 0 for no dimension. arXiv 2606.04754.
 */
export function coherence({ inputs, directions }: Basis): number {
  const lengths = new Float64Array(inputs);
  for (let at = 0; at < directions.length; at++) lengths[at % inputs]! += directions[at]! ** 2;
  return Math.min(
    lengths.reduce((most, length) => Math.max(most, length), 0),
    1,
  );
}

/**
 * Coherence of the principal subspace of activations that holds 90% of their variance, one row per column, in [0, 1]; 0 where the activations do not
 * vary. Positions count as rows.
 */
export const subspaceCoherence: Metric<SubspaceState> = {
  id: 'subspace-coherence',
  inputs: ['activations'],
  range: [0, 1],
  init: () => ({}),
  update: (state, batch) => updateMoments('subspace-coherence', state, batch),
  result: (state) =>
    Object.values(state).map(({ field, moments }) => ({
      name: 'subspace-coherence',
      value: coherence(principalSubspace(moments)),
      labels: labelsOf(field),
    })),
};
