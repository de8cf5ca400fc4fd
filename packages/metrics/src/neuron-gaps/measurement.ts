import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { z } from 'zod';
import { foldLayers, layerNeeds, layerOptions } from '../neurons/fold-layers.js';
import { fixedDeviation } from './fixed-deviation.js';
import { inputGap, outputGap } from './neuron-gaps.js';

const number = { role: 'value', type: 'number', range: [0, Infinity], better: 'higher' } as const;

/** {@link outputGap} and {@link inputGap} of every layer: how far the fixed weights alone keep its neurons, and its inputs, apart. */
export const neuronGaps = defineMeasurement({
  id: 'neuron-gaps',
  summary: 'How far the fixed weights of a layer keep its neurons (gamma_out) and its inputs (gamma_in) apart',
  of: 'model',
  needs: layerNeeds,
  options: z.strictObject(layerOptions),
  columns: [
    { name: 'layer', summary: 'layer whose neurons are measured', role: 'axis', type: 'text' },
    { name: 'outputGap', summary: 'gamma_out; Infinity for one neuron', ...number },
    { name: 'inputGap', summary: 'gamma_in; Infinity for one input', ...number },
    { name: 'fixedDeviation', summary: 'deviation of the fixed weights as drawn', ...number },
    { name: 'dimension', summary: "dimension of the inputs' subspace", role: 'value', type: 'number', range: [0, Infinity] },
  ],
  plots: [{ kind: 'bars', title: 'Gap between neurons', x: 'layer', y: 'outputGap' }],
  async measure(model, options, context) {
    const inspected = await foldLayers(model, options, context);
    return inspected.map(({ layer, neurons, subspace }): MeasurementRow => {
      const deviation = fixedDeviation(neurons);
      return {
        layer,
        outputGap: outputGap(neurons, subspace),
        inputGap: inputGap(subspace, { units: neurons.units, fixedScale: deviation }),
        fixedDeviation: deviation,
        dimension: subspace.dimension,
      };
    });
  },
});
