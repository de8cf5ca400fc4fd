import type { MeasuredModel, MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import type { ActivationBatch, Network } from '@basinlab/tensor';
import { childKey } from '@basinlab/tensor/random';
import * as tf from '@tensorflow/tfjs-core';
import { tap, type Observable } from 'rxjs';
import { z } from 'zod';
import { foldLayers, layerNeeds, layerOptions, type InspectedLayer } from '../neurons/fold-layers.js';
import { sampledPairs } from '../neurons/sampled-pairs.js';
import { summaryOf } from '../statistics.js';
import { REFERENCE_GAIN, ridgeCosts } from './ridge-costs.js';

const number = { role: 'value', type: 'number', range: [0, Infinity] } as const;

const options = z.strictObject({
  ...layerOptions,
  betas: z.array(z.number().positive()).min(1).default([0.01]).describe('what an error weighs: small ones imitate whatever it costs'),
  activation: z.enum(['identity', 'relu', 'gelu']).default('identity').describe('of the outputs that are imitated'),
  pairs: z.number().int().positive().default(200).describe('pairs of neurons per layer, drawn at random'),
  perPair: z.boolean().default(false).describe('also a row for every pair'),
});
type Options = z.output<typeof options>;

/** {@link ridgeCosts} of pairs of neurons, and the swap costs that follow from their penalties. */
export const ridgeRealization = defineMeasurement({
  id: 'ridge-realization',
  summary: 'Realization and swap costs by ridge regression on the inputs of a layer',
  of: 'model',
  needs: layerNeeds,
  options,
  columns: [
    { name: 'layer', summary: 'layer whose neurons are measured', role: 'axis', type: 'text' },
    { name: 'beta', summary: 'what an error weighs', role: 'axis', type: 'number' },
    { name: 'first', summary: 'one neuron; empty in rows of a whole layer', role: 'axis', type: 'number' },
    { name: 'second', summary: 'the other neuron', role: 'axis', type: 'number' },
    {
      name: 'swapCost',
      summary: 'swap cost from the penalties; mean over pairs in rows of a layer',
      ...number,
      range: [-Infinity, Infinity],
    },
    { name: 'negative', summary: 'share of pairs that would be cheaper swapped', ...number, range: [0, 1] },
    { name: 'penalty', summary: 'mean squared norm of fitted weights that imitate another neuron', ...number },
    { name: 'error', summary: 'mean data term of the same fits', ...number },
    { name: 'converged', summary: 'share of fits that reached their tolerance', ...number, range: [0, 1] },
  ],
  plots: [{ kind: 'boxes', title: 'Swap costs by ridge regression', x: 'layer', y: 'swapCost', facet: ['beta'] }],
  async measure(model, chosen, context) {
    const rows: MeasurementRow[] = [];
    const { inspected, inputs } = await layersWithInputs(model, chosen, context);
    try {
      for (const layer of inspected) {
        for (const beta of chosen.betas) {
          for (const row of await layerRows(layer, inputs.get(layer.layer), beta, chosen, context.key)) rows.push(row);
        }
      }
      return rows;
    } finally {
      tf.dispose([...inputs.values()]);
    }
  },
});

async function layerRows(
  { layer, neurons, moments }: InspectedLayer,
  inputs: tf.Tensor | undefined,
  beta: number,
  { activation, pairs, perPair }: Options,
  key: Parameters<typeof childKey>[0],
): Promise<MeasurementRow[]> {
  const chosen = sampledPairs(neurons.units, pairs, childKey(key, layer));
  // Each pair needs four fits: both neurons in both slots.
  const fits = chosen.flatMap(([i, j]) => [
    { slot: i, imitated: j },
    { slot: j, imitated: i },
    { slot: i, imitated: i },
    { slot: j, imitated: j },
  ]);
  const { penalties, dataTerms, converged } = await ridgeCosts(neurons, inputs ?? moments, fits, {
    beta,
    gain: REFERENCE_GAIN,
    activation,
  });
  const swaps = chosen.map((_, at) => penalties[4 * at]! + penalties[4 * at + 1]! - penalties[4 * at + 2]! - penalties[4 * at + 3]!);
  // Where both fits cost the same but for rounding nothing is cheaper.
  const cheaper = swaps.filter((cost, at) => cost < -1e-4 * (penalties[4 * at]! + penalties[4 * at + 1]!)).length;
  const crossed = (values: Float64Array): number => summaryOf(values.filter((_, at) => at % 4 < 2)).mean;
  return [
    {
      layer,
      beta,
      swapCost: summaryOf(swaps).mean,
      negative: cheaper / swaps.length,
      penalty: crossed(penalties),
      error: crossed(dataTerms),
      converged: converged.filter(Boolean).length / converged.length,
    },
    ...(perPair ? chosen.map(([first, second], at): MeasurementRow => ({ layer, beta, first, second, swapCost: swaps[at]! })) : []),
  ];
}

/** The layers, and, where the activation is not linear, the inputs themselves: moments are not enough there. The caller disposes the inputs. */
async function layersWithInputs(
  model: MeasuredModel,
  { activation, layers, explained }: Options,
  { network, activations }: { readonly network: Network; readonly activations: Observable<ActivationBatch> },
): Promise<{ inspected: InspectedLayer[]; inputs: Map<string, tf.Tensor> }> {
  const pieces = new Map<string, tf.Tensor[]>();
  const keep = ({ columns }: ActivationBatch): void => {
    for (const { field, tensor } of columns) {
      if (field.site === 'input' && tensor.rank === 2) pieces.set(field.layer, [...(pieces.get(field.layer) ?? []), tf.clone(tensor)]);
    }
  };
  const stream = activation === 'identity' ? activations : activations.pipe(tap(keep));
  try {
    const inspected = await foldLayers(model, { layers, explained }, { network, activations: stream });
    const inputs = new Map([...pieces].map(([layer, parts]) => [layer, tf.concat(parts)] as const));
    return { inspected, inputs };
  } finally {
    tf.dispose([...pieces.values()].flat());
  }
}
