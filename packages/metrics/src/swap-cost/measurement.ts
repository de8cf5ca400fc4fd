import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { z } from 'zod';
import { foldLayers, layerNeeds, layerOptions } from '../neurons/fold-layers.js';
import { layerRealizationCosts } from '../realization-cost/layer-costs.js';
import { besideDiagonal, summaryOf } from '../statistics.js';
import { signedRoot, swapCosts } from './swap-costs.js';

const number = { role: 'value', type: 'number', range: [-Infinity, Infinity] } as const;

/** {@link swapCosts} of every layer, with Mahalanobis realization costs. */
export const swapCost = defineMeasurement({
  id: 'swap-cost',
  summary: 'What it costs that two neurons of a layer trade places',
  of: 'model',
  needs: layerNeeds,
  options: z.strictObject({ ...layerOptions, pairs: z.boolean().default(false).describe('also a row for every pair of neurons') }),
  columns: [
    { name: 'layer', summary: 'layer whose neurons are measured', role: 'axis', type: 'text' },
    { name: 'first', summary: 'one neuron; empty in rows of a whole layer', role: 'axis', type: 'number' },
    { name: 'second', summary: 'the other neuron', role: 'axis', type: 'number' },
    { name: 'cost', summary: 'swap cost of one pair', ...number },
    { name: 'signedRoot', summary: 'sign(cost) sqrt |cost|, the scale of the figures', ...number },
    { name: 'mean', summary: 'mean cost over pairs', ...number },
    { name: 'least', summary: 'least cost', ...number },
    { name: 'median', summary: 'median cost', ...number },
    { name: 'greatest', summary: 'greatest cost', ...number },
    { name: 'meanSignedRoot', summary: 'mean of the signed roots', ...number },
    { name: 'negative', summary: 'share of pairs that would be cheaper swapped', ...number, range: [0, 1], better: 'lower' },
    { name: 'dimension', summary: "dimension of the inputs' subspace", ...number, range: [0, Infinity] },
  ],
  plots: [
    { kind: 'heatmap', title: 'Swap costs', x: 'second', y: 'first', value: 'cost', scale: 'signed-root', facet: ['layer', 'model'] },
    { kind: 'bars', title: 'Mean swap cost', x: 'layer', y: 'mean', where: { first: null } },
  ],
  async measure(model, { explained, layers, pairs }, context) {
    const rows: MeasurementRow[] = [];
    for (const { layer, neurons, subspace } of await foldLayers(model, { layers, explained }, context)) {
      const { units } = neurons;
      const costs = swapCosts(await layerRealizationCosts(neurons, subspace), units);
      const roots = signedRoot(costs);
      const others = besideDiagonal(costs, units);
      rows.push({
        layer,
        ...summaryOf(others),
        meanSignedRoot: summaryOf(besideDiagonal(roots, units)).mean,
        negative: others.length === 0 ? NaN : others.filter((cost) => cost < 0).length / others.length,
        dimension: subspace.dimension,
      });
      if (!pairs) continue;
      costs.forEach((cost, at) => rows.push({ layer, first: Math.floor(at / units), second: at % units, cost, signedRoot: roots[at]! }));
    }
    return rows;
  },
});
