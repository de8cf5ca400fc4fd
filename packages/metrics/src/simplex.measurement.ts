import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { z } from 'zod';
import { createMixtureEvaluator } from './mixture.js';
import { simplexBarrier, simplexGrid, simplexMidpoint } from './simplex.js';

const number = { role: 'value', type: 'number', range: [0, Infinity] } as const;

/** Loss and accuracy between all models of a population: {@link simplexBarrier} over a barycentric grid, and the mean of all models. */
export const simplexConnectivity = defineMeasurement({
  id: 'simplex-connectivity',
  summary: 'Loss between all models of a population at once, on a grid over their simplex',
  of: 'population',
  needs: { weights: 'standard', examples: true },
  options: z.strictObject({
    models: z.number().int().min(2).max(6).default(3).describe('how many of the models, from the first on; the grid grows fast with them'),
    divisions: z.number().int().min(1).default(4).describe('weights are multiples of one over this'),
  }),
  columns: [
    { name: 'point', summary: 'number of the grid point; empty in rows of the whole simplex', role: 'axis', type: 'number' },
    { name: 'weights', summary: 'weights of the models at the point', role: 'axis', type: 'text' },
    { name: 'loss', summary: 'mean loss at the point', ...number, unit: 'nats', better: 'lower' },
    { name: 'accuracy', summary: 'accuracy at the point', ...number, unit: '%', range: [0, 100], better: 'higher' },
    {
      name: 'barrier',
      summary: 'greatest loss above the same mixture of the losses of the models',
      ...number,
      unit: 'nats',
      better: 'lower',
    },
    { name: 'meanLoss', summary: 'loss of the mean of all models', ...number, unit: 'nats', better: 'lower' },
    { name: 'meanAccuracy', summary: 'accuracy of the mean of all models', ...number, unit: '%', range: [0, 100], better: 'higher' },
  ],
  async measure({ models }, { models: count, divisions }, { network, examples, task, graph, execution, reuse }) {
    const chosen = models.slice(0, count).map(({ variables }) => variables);
    const evaluator = reuse('evaluator', () => createMixtureEvaluator(network, { execution, task, graph }));
    const points = simplexGrid(chosen.length, divisions);
    const found = await evaluator.evaluate(chosen, [...points, simplexMidpoint(chosen.length)], examples);
    const corners = chosen.map((_, model) => found.loss[points.findIndex((weights) => weights[model] === 1)]!);
    return [
      {
        barrier: simplexBarrier(points, found.loss.slice(0, points.length), corners),
        meanLoss: found.loss.at(-1)!,
        meanAccuracy: found.accuracy.at(-1)!,
      },
      ...points.map((weights, point): MeasurementRow => ({
        point,
        weights: weights.map((weight) => Number(weight.toFixed(6))).join(' '),
        loss: found.loss[point]!,
        accuracy: found.accuracy[point]!,
      })),
    ];
  },
});
