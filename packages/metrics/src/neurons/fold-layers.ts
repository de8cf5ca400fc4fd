import type { MeasuredModel } from '@basinlab/core';
import { foldActivations } from '@basinlab/core/measurement';
import type { ActivationBatch, Network } from '@basinlab/tensor';
import type { Observable } from 'rxjs';
import { z } from 'zod';
import type { InputMoments } from '../input-subspace/input-moments.js';
import { principalSubspace, type PrincipalSubspace } from '../input-subspace/principal-subspace.js';
import { layerInputMoments } from './layer-inputs.js';
import { neuronLayer, type NeuronLayer } from './neuron-layer.js';

/** Options of every measurement of neurons. */
export const layerOptions = {
  explained: z.number().positive().max(1).default(0.9).describe("share of the variance of a layer's inputs that its subspace holds"),
  layers: z.array(z.string()).optional().describe('layers to measure, by name; default: every one'),
};

/** What measurements of neurons need: masks apart from weights, and what goes into each layer (its output tells a convolution's stride). */
export const layerNeeds = { weights: 'raw', activations: { sites: ['input', 'post-linear'] } } as const;

/** A layer's neurons and the subspace of its inputs. */
export interface InspectedLayer {
  readonly layer: string;
  readonly neurons: NeuronLayer;
  readonly moments: InputMoments;
  readonly subspace: PrincipalSubspace;
}

/** Goes through a model's activations once and gives its layers in the order of the forward pass. */
export async function foldLayers(
  { variables }: MeasuredModel,
  { layers, explained }: { layers?: readonly string[] | undefined; explained: number },
  { network, activations }: { readonly network: Network; readonly activations: Observable<ActivationBatch> },
): Promise<InspectedLayer[]> {
  const moments = layerInputMoments(network, layers);
  await foldActivations(activations, moments, async (gathered, { columns }) => {
    for (const { field, tensor } of columns) {
      if (field.site !== 'input') continue;
      const output = columns.find((other) => other.field.layer === field.layer && other.field.site === 'post-linear');
      await gathered.add(field.layer, tensor, output?.tensor.shape);
    }
    return gathered;
  });
  const inspected: InspectedLayer[] = [];
  for (const { layer, weight, moments: found } of moments.result()) {
    const neurons = await neuronLayer(network, variables, weight);
    inspected.push({ layer, neurons, moments: found, subspace: principalSubspace(found, explained) });
  }
  return inspected;
}
