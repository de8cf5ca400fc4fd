import type * as tf from '@tensorflow/tfjs-core';
import { transposed } from '@basinlab/core/linear-algebra';
import { inputMoments, principalSubspace, type PrincipalSubspace } from '@basinlab/metrics/input-subspace';
import { centerDistances } from '@basinlab/metrics/neuron-gaps';
import { gramMatrices, layerRealizationCosts, neuronLayer, realizationCosts, type NeuronLayer } from '@basinlab/metrics/realization-cost';
import { coherence } from '@basinlab/metrics/subspace-coherence';
import { swapCosts } from '@basinlab/metrics/swap-cost';
import { z } from 'zod';
import type { GoldenCheck, GoldenFixture } from '../contract.js';
import { inputOf, parameterOf, toDevice } from '../inputs.js';
import { referenceLayer } from './reference-layer.js';
import { referenceMlp } from './reference-mlp.js';

/** Costs of one layer from its recorded inputs; where every slot can realize every function, also when others are refused. */
export const realizationMahalanobisCheck: GoldenCheck = {
  kinds: ['realization_mahalanobis'],
  async compute(fixture) {
    const layer = referenceLayer(fixture);
    const moments = await inputMoments(toDevice(inputOf(fixture, 'activations')));
    const subspace = principalSubspace(moments, parameterOf(fixture, 'target_explained_variance_ratio', z.number()));
    const costs = await layerRealizationCosts(layer, subspace);
    return {
      ...subspaceValues(subspace),
      gram_matrices: gramsInBasis(fixture, 'U', layer),
      mahalanobis_distance_squared: costs,
      transposition_cost_squared: swapCosts(costs, layer.units),
      projected_center_distances: centerDistances(layer, subspace),
    };
  },
};

/** Costs of every layer of a network, from the inputs of the network alone. */
export const realizationNetworkCheck: GoldenCheck = {
  kinds: ['realization_network'],
  async compute(fixture) {
    const { network, variables } = referenceMlp(fixture, 'model.');
    const x = toDevice(inputOf(fixture, 'x'));
    const explained = parameterOf(fixture, 'target_explained_variance_ratio', z.number());
    const recorded: Record<string, tf.Tensor> = {};
    network.apply(variables, x, {
      tap: ({ layer, site }, value) => {
        if (site === 'input') recorded[layer] = value;
      },
    });
    const got: Record<string, ArrayLike<number>> = {};
    for (const found of await realizationCosts(network, variables, x, { explained })) {
      const name = found.layer.replace('layers.', 'lins.');
      got[`${name}.input`] = await recorded[found.layer]!.data();
      got[`${name}.gram_matrices`] = gramsInBasis(fixture, `${name}.U`, await neuronLayer(network, variables, found.weight));
      for (const [key, value] of Object.entries(subspaceValues(found.subspace))) got[`${name}.${key}`] = value;
      got[`${name}.mahalanobis_distance_squared`] = found.costs;
      got[`${name}.transposition_cost_squared`] = found.swapCosts;
      got[`${name}.projected_center_distances`] = found.centerDistances;
    }
    return got;
  },
};

function subspaceValues(subspace: PrincipalSubspace): Record<string, ArrayLike<number>> {
  const { inputs, dimension, directions, explained } = subspace;
  const projector = new Float64Array(inputs * inputs);
  for (let k = 0; k < dimension; k++) {
    const row = directions.subarray(k * inputs, (k + 1) * inputs);
    for (let i = 0; i < inputs; i++) for (let j = 0; j < inputs; j++) projector[i * inputs + j]! += row[i]! * row[j]!;
  }
  return { k: [dimension], explained_variance_ratio: [explained], projector, subspace_coherence: [coherence(subspace)] };
}

/** The fixture gives its own basis U [inputs, k], whose signs are arbitrary. */
function gramsInBasis(fixture: GoldenFixture, name: string, layer: NeuronLayer): Float64Array {
  const { shape, data } = inputOf(fixture, name);
  const [inputs = 0, dimension = 0] = shape;
  return gramMatrices(layer, { inputs, dimension, directions: transposed(data, inputs, dimension) });
}
