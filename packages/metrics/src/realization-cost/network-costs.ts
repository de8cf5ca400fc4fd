import type { Tensor } from '@tensorflow/tfjs-core';
import type { Network, Variables } from '@basinlab/tensor';
import { principalSubspace, type PrincipalSubspace } from '../input-subspace/principal-subspace.js';
import { centerDistances } from '../neuron-gaps/neuron-gaps.js';
import { createLayerInputsRecorder, type LayerInputsOptions } from '../neurons/layer-inputs.js';
import { neuronLayer } from '../neurons/neuron-layer.js';
import { coherence } from '../subspace-coherence/coherence.js';
import { swapCosts } from '../swap-cost/swap-costs.js';
import { layerRealizationCosts, type RealizationCostOptions } from './layer-costs.js';

/** Share of the variance that subspaces keep. */
export interface NetworkCostsOptions extends LayerInputsOptions, RealizationCostOptions {
  /** Share of the variance of a layer's inputs that its subspace holds. Default 0.9. */
  readonly explained?: number;
}

/** What one layer's neurons cost; matrices are [units, units] row-major float64. */
export interface LayerCosts {
  readonly layer: string;
  readonly weight: string;
  readonly units: number;
  readonly subspace: PrincipalSubspace;
  readonly coherence: number;
  /** [slot, imitated neuron]; see `layerRealizationCosts`. */
  readonly costs: Float64Array;
  /** See `swapCosts`. */
  readonly swapCosts: Float64Array;
  /** See `centerDistances`. */
  readonly centerDistances: Float64Array;
}

/** Compiled costs of a network's layers. */
export interface CostsEvaluator {
  /** Costs of one model, for example of one epoch: nothing is compiled again. */
  measure(variables: Variables, inputs: Tensor): Promise<LayerCosts[]>;
  dispose(): void;
}

/**
 * Realization and swap costs of every layer of a network, for any architecture that taps its layers' inputs and any symmetry breaking of weights: for
 * sweeps over models and epochs. The forward pass runs in evaluation mode.
 */
export function createCostsEvaluator(network: Network, { explained = 0.9, ...options }: NetworkCostsOptions = {}): CostsEvaluator {
  const recorder = createLayerInputsRecorder(network, options);
  return {
    async measure(variables, inputs) {
      const results: LayerCosts[] = [];
      for (const { layer, weight, moments } of await recorder.record(variables, inputs)) {
        const neurons = await neuronLayer(network, variables, weight);
        const subspace = principalSubspace(moments, explained);
        const costs = await layerRealizationCosts(neurons, subspace, options);
        results.push({
          layer,
          weight,
          units: neurons.units,
          subspace,
          coherence: coherence(subspace),
          costs,
          swapCosts: swapCosts(costs, neurons.units),
          centerDistances: centerDistances(neurons, subspace),
        });
      }
      return results;
    },
    dispose: () => recorder.dispose(),
  };
}

/** The costs of one model, once. See {@link createCostsEvaluator} for many. */
export async function realizationCosts(
  network: Network,
  variables: Variables,
  inputs: Tensor,
  options: NetworkCostsOptions = {},
): Promise<LayerCosts[]> {
  const evaluator = createCostsEvaluator(network, options);
  try {
    return await evaluator.measure(variables, inputs);
  } finally {
    evaluator.dispose();
  }
}
