import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { childKey } from '@basinlab/tensor/random';
import { z } from 'zod';
import { foldLayers, layerNeeds, layerOptions } from '../neurons/fold-layers.js';
import { sampledPairs } from '../neurons/sampled-pairs.js';
import { functionClassDistances } from './function-class-distances.js';

const number = { role: 'value', type: 'number', range: [0, Infinity] } as const;

/** {@link functionClassDistances} between neurons of every layer. */
export const functionClassDistance = defineMeasurement({
  id: 'function-class-distance',
  summary: 'Hausdorff distance between what two neurons of a layer can compute with trained weights of bounded norm',
  of: 'model',
  needs: layerNeeds,
  options: z.strictObject({
    ...layerOptions,
    budget: z.number().positive().default(1).describe("norm that a neuron's trained weights may have"),
    metric: z
      .enum(['coefficients', 'functions'])
      .default('coefficients')
      .describe('distance of coefficients, or root mean square of functions'),
    pairs: z.number().int().positive().default(200).describe('pairs of neurons per layer, drawn at random; all where there are no more'),
  }),
  columns: [
    { name: 'layer', summary: 'layer whose neurons are measured', role: 'axis', type: 'text' },
    { name: 'first', summary: 'one neuron', role: 'axis', type: 'number' },
    { name: 'second', summary: 'the other neuron', role: 'axis', type: 'number' },
    { name: 'distance', summary: 'Hausdorff distance of their function classes', ...number },
    { name: 'forth', summary: 'how far a function of the first can be from all of the second', ...number },
    { name: 'back', summary: 'the reverse', ...number },
  ],
  plots: [{ kind: 'boxes', title: 'Distance between function classes', x: 'layer', y: 'distance' }],
  async measure(model, { explained, layers, budget, metric, pairs }, context) {
    const inspected = await foldLayers(model, { layers, explained }, context);
    return inspected.flatMap(({ layer, neurons, subspace }) => {
      const chosen = sampledPairs(neurons.units, pairs, childKey(context.key, layer));
      return functionClassDistances(neurons, subspace, { budget, metric, pairs: chosen }).map(
        ({ pair: [first, second], distance, directed: [forth, back] }): MeasurementRow => ({ layer, first, second, distance, forth, back }),
      );
    });
  },
});
