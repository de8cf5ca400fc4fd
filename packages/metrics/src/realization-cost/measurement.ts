import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { z } from 'zod';
import { foldLayers, layerNeeds, layerOptions } from '../neurons/fold-layers.js';
import { besideDiagonal, summaryOf } from '../statistics.js';
import { layerRealizationCosts } from './layer-costs.js';

const number = { role: 'value', type: 'number', range: [0, Infinity] } as const;

/** {@link layerRealizationCosts} of every layer: what it costs each slot to compute what each neuron does. */
export const realizationCost = defineMeasurement({
  id: 'realization-cost',
  summary: 'Least squared norm of trained weights with which a slot computes what a neuron does',
  of: 'model',
  needs: layerNeeds,
  options: z.strictObject({
    ...layerOptions,
    pairs: z.boolean().default(false).describe('also a row for every slot and neuron'),
    inadmissible: z
      .enum(['project', 'infinite'])
      .default('project')
      .describe('what a function costs that a slot cannot realize: that of the nearest it can, or Infinity'),
  }),
  columns: [
    { name: 'layer', summary: 'layer whose neurons are measured', role: 'axis', type: 'text' },
    { name: 'slot', summary: 'neuron that imitates; empty in rows of a whole layer', role: 'axis', type: 'number' },
    { name: 'imitated', summary: 'neuron that is imitated', role: 'axis', type: 'number' },
    { name: 'cost', summary: 'cost of one pair', ...number },
    { name: 'own', summary: 'mean cost of what the neurons do themselves', ...number },
    { name: 'other', summary: 'mean cost of what another neuron does', ...number },
    {
      name: 'cheaper',
      summary: 'share of pairs in which another neuron is cheaper to imitate than oneself to be',
      ...number,
      range: [0, 1],
    },
  ],
  plots: [{ kind: 'heatmap', title: 'Realization costs', x: 'imitated', y: 'slot', value: 'cost', facet: ['layer', 'model'] }],
  async measure(model, { explained, layers, pairs, inadmissible }, context) {
    const rows: MeasurementRow[] = [];
    for (const { layer, neurons, subspace } of await foldLayers(model, { layers, explained }, context)) {
      const costs = await layerRealizationCosts(neurons, subspace, { inadmissible });
      const { units } = neurons;
      const own = Array.from({ length: units }, (_, unit) => costs[unit * (units + 1)]!);
      const cheaper = costs.filter((cost, at) => Math.floor(at / units) !== at % units && cost < own[Math.floor(at / units)]!).length;
      rows.push({
        layer,
        own: summaryOf(own).mean,
        other: summaryOf(besideDiagonal(costs, units)).mean,
        cheaper: units < 2 ? NaN : cheaper / (units * (units - 1)),
      });
      if (pairs) costs.forEach((cost, at) => rows.push({ layer, slot: Math.floor(at / units), imitated: at % units, cost }));
    }
    return rows;
  },
});
