import { inputMoments, principalSubspace } from '@basinlab/metrics/input-subspace';
import { anisotropy, anisotropyBound, coherence, scaleStatistics } from '@basinlab/metrics/subspace-coherence';
import { z } from 'zod';
import type { GoldenCheck } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { referenceLayer } from './reference-layer.js';

/** Coherence of a layer's inputs, anisotropy of its neurons, and the bound with the reference's choice of the supremum, the mask's mean. */
export const subspaceCoherenceCheck: GoldenCheck = {
  kinds: ['subspace_coherence'],
  async compute(fixture) {
    const layer = referenceLayer({ ...fixture, parameters: { mask_constant: 1, ...fixture.parameters } });
    const moments = await inputMoments(toDevice(inputOf(fixture, 'activations')));
    const subspace = principalSubspace(moments, parameterOf(fixture, 'target_explained_variance_ratio', z.number()));
    const { mean, deviation } = scaleStatistics(layer);
    const norms = anisotropy(layer, subspace, mean);
    const nu = coherence(subspace);
    const { dimension } = subspace;
    const supremum = layer.scale === undefined ? 0 : mean;
    return {
      subspace_coherence: [nu],
      explained_variance_ratio: [subspace.explained],
      dimensions: [dimension, layer.inputs],
      anisotropy_operator_norms: norms,
      mean_anisotropy_operator_norm: [norms.reduce((sum, norm) => sum + norm, 0) / norms.length],
      anisotropy_bounds: parameterOf(fixture, 'violation_probabilities', z.array(z.number())).map((violation) =>
        anisotropyBound({ coherence: nu, dimension, supremum, deviation, violation }),
      ),
    };
  },
};
