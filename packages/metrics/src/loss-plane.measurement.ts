import type { MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { demand } from '@basinlab/tensor';
import { z } from 'zod';
import { planeGrid, planeThrough } from './loss-plane.js';
import { createMixtureEvaluator } from './mixture.js';

/** Loss and accuracy on the plane through the first three models of a population; see {@link planeThrough}. */
export const lossPlane = defineMeasurement({
  id: 'loss-plane',
  summary: 'Loss on the plane through three models',
  of: 'population',
  needs: { weights: 'standard', examples: true },
  options: z.strictObject({
    columns: z.number().int().min(2).default(21).describe('grid points from left to right'),
    rows: z.number().int().min(2).default(15).describe('grid points from bottom to top'),
    margin: z.number().nonnegative().default(0.2).describe('space around the models, in shares of their extent'),
  }),
  columns: [
    { name: 'x', summary: 'distance from the first model towards the second', role: 'axis', type: 'number' },
    { name: 'y', summary: 'distance from that line towards the third', role: 'axis', type: 'number' },
    { name: 'corner', summary: 'number of the model that lies there; empty for grid points', role: 'axis', type: 'number' },
    { name: 'loss', summary: 'mean loss', role: 'value', type: 'number', unit: 'nats', range: [0, Infinity], better: 'lower' },
    { name: 'accuracy', summary: 'accuracy', role: 'value', type: 'number', unit: '%', range: [0, 100], better: 'higher' },
  ],
  plots: [{ kind: 'heatmap', title: 'Loss on the plane through three models', x: 'x', y: 'y', value: 'loss', where: { corner: null } }],
  async measure({ models }, { columns, rows, margin }, { network, examples, task, graph, execution, reuse }) {
    demand(models.length >= 3, 'loss-plane', 'a population of at least three models', models.length);
    const three = models.slice(0, 3).map(({ variables }) => variables);
    const plane = await planeThrough(three[0]!, three[1]!, three[2]!);
    const grid = planeGrid(plane.corners, columns, rows, margin);
    const evaluator = reuse('evaluator', () => createMixtureEvaluator(network, { execution, task, graph }));
    const points = [...plane.corners, ...grid.points];
    const { loss, accuracy } = await evaluator.evaluate(
      three,
      points.map((point) => plane.weightsAt(point)),
      examples,
    );
    return points.map(({ x, y }, at): MeasurementRow => ({
      x,
      y,
      corner: at < 3 ? at + 1 : null,
      loss: loss[at]!,
      accuracy: accuracy[at]!,
    }));
  },
});
