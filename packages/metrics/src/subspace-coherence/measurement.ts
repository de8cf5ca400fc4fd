import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { z } from 'zod';
import { foldLayers, layerNeeds, layerOptions } from '../neurons/fold-layers.js';
import { summaryOf } from '../statistics.js';
import { anisotropy, anisotropyBound, scaleStatistics } from './anisotropy.js';
import { coherence } from './coherence.js';

const number = { role: 'value', type: 'number', range: [0, Infinity] } as const;

/** {@link coherence} of the inputs of every layer, and the {@link anisotropy} of its neurons under the concentration bound. */
export const subspaceCoherence = defineMeasurement({
  id: 'subspace-coherence',
  summary: "Coherence of the subspace of every layer's inputs, and the anisotropy of its neurons against its bound",
  of: 'model',
  needs: layerNeeds,
  options: z.strictObject({
    ...layerOptions,
    violations: z
      .array(z.number().gt(0).lt(1))
      .default([0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001])
      .describe('probabilities with which a neuron may be above the bound'),
  }),
  columns: [
    { name: 'layer', summary: 'layer whose inputs are measured', role: 'axis', type: 'text' },
    {
      name: 'violation',
      summary: 'probability that a neuron is above the bound; empty in rows of a whole layer',
      role: 'axis',
      type: 'number',
    },
    { name: 'coherence', summary: "largest squared length of an input's row of the basis, nu", ...number, range: [0, 1] },
    { name: 'dimension', summary: 'dimension of the subspace, k', ...number },
    { name: 'inputs', summary: 'inputs of the layer, d', ...number },
    { name: 'least', summary: 'least possible coherence, k / d', ...number, range: [0, 1] },
    { name: 'anisotropy', summary: 'mean over neurons of |S - mean I|', ...number },
    { name: 'greatestAnisotropy', summary: 'the largest of a neuron', ...number },
    { name: 'bound', summary: 'matrix Bernstein bound at this probability', ...number },
    {
      name: 'above',
      summary: 'share of neurons above the bound; should be at most the probability',
      ...number,
      range: [0, 1],
      better: 'lower',
    },
  ],
  plots: [
    { kind: 'bars', title: 'Coherence of layer inputs', x: 'layer', y: 'coherence', where: { violation: null } },
    { kind: 'lines', title: 'Bound on the anisotropy', x: 'violation', y: 'bound', series: 'layer', scale: 'log' },
  ],
  async measure(model, { explained, layers, violations }, context) {
    const rows: MeasurementRow[] = [];
    for (const { layer, neurons, subspace } of await foldLayers(model, { layers, explained }, context)) {
      const { inputs, dimension } = subspace;
      const nu = coherence(subspace);
      const { mean, deviation, supremum } = scaleStatistics(neurons);
      const found = anisotropy(neurons, subspace, mean);
      const { mean: average, greatest } = summaryOf(found);
      rows.push({ layer, coherence: nu, dimension, inputs, least: dimension / inputs, anisotropy: average, greatestAnisotropy: greatest });
      for (const violation of violations) {
        const bound = anisotropyBound({ coherence: nu, dimension, supremum, deviation, violation });
        rows.push({ layer, violation, bound, above: found.filter((value) => value > bound).length / found.length });
      }
    }
    return rows;
  },
});
