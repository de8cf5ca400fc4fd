import { defineMeasurement } from '@basinlab/core/measurement';
import type { MeasurementRow } from '@basinlab/core';
import { z } from 'zod';
import { barriersOf } from './barrier.js';
import { createConnectivityEvaluator } from './linear-mode-connectivity.js';

const number = { role: 'value', type: 'number' } as const;

/** Loss and accuracy along the straight line between two models: a row for every point, and one for the path with its barriers. */
export const linearModeConnectivityMeasurement = defineMeasurement({
  id: 'linear-mode-connectivity',
  summary: 'Loss, accuracy and barriers along the straight line between two models',
  of: 'pair',
  needs: { weights: 'standard', examples: true },
  options: z.strictObject({
    points: z.number().int().min(3).default(11).describe('points on the path, both ends included'),
    statistics: z
      .enum(['interpolate', 'recompute'])
      .default('interpolate')
      .describe('running statistics of batch norm on the path: those of the ends mixed, or new ones from the training data'),
  }),
  columns: [
    {
      name: 'lambda',
      summary: 'place on the path, from the first model to the second; empty in rows of a whole path',
      role: 'axis',
      type: 'number',
      range: [0, 1],
    },
    { name: 'accuracy', summary: 'accuracy at the point', ...number, unit: '%', range: [0, 100], better: 'higher' },
    { name: 'loss', summary: 'mean loss at the point', ...number, unit: 'nats', range: [0, Infinity], better: 'lower' },
    {
      name: 'accuracyBarrier',
      summary: 'least accuracy below the better end, in percent of it',
      ...number,
      unit: '%',
      range: [-100, 0],
      better: 'higher',
    },
    {
      name: 'lossBarrier',
      summary: 'greatest loss above the line between the losses of the ends',
      ...number,
      unit: 'nats',
      range: [0, Infinity],
      better: 'lower',
    },
    {
      name: 'peakLossBarrier',
      summary: 'greatest loss above that of the worse end',
      ...number,
      unit: 'nats',
      range: [0, Infinity],
      better: 'lower',
    },
    { name: 'midpointLossBarrier', summary: 'loss of the middle above that of the worse end', ...number, unit: 'nats', better: 'lower' },
    { name: 'midpointAboveChord', summary: 'loss of the middle above the mean of the ends', ...number, unit: 'nats', better: 'lower' },
    { name: 'linear', summary: 'whether the middle accuracy is within half a point of the mean of the ends', role: 'value', type: 'text' },
    { name: 'distance', summary: 'distance of the two models', ...number, range: [0, Infinity] },
    { name: 'normalisedDistance', summary: 'distance per square root of the number of parameters', ...number, range: [0, Infinity] },
  ],
  plots: [
    { kind: 'lines', title: 'Accuracy along the path', x: 'lambda', y: 'accuracy', series: 'alignment', facet: ['split'] },
    { kind: 'lines', title: 'Loss along the path', x: 'lambda', y: 'loss', series: 'alignment', facet: ['split'] },
    { kind: 'bars', title: 'Accuracy barrier', x: 'alignment', y: 'accuracyBarrier', where: { lambda: null }, facet: ['split'] },
  ],
  async measure({ a, b }, { points, statistics }, { network, examples, task, graph, splits, execution, reuse }) {
    const statisticsOf = splits['train'];
    const evaluator = reuse('evaluator', () =>
      createConnectivityEvaluator(network, {
        steps: points - 1,
        execution,
        task,
        graph,
        statistics,
        ...(statisticsOf === undefined ? {} : { statisticsOf }),
      }),
    );
    const { lambdas, splits: measured, distance, normalised } = await evaluator.measure(a.variables, b.variables, { here: examples });
    const { accuracy, loss, accuracyBarrier, lossBarrier, linear } = measured.here;
    const barriers = Object.fromEntries(barriersOf(loss).map(({ id, value }) => [id, value]));
    return [
      {
        accuracyBarrier,
        lossBarrier,
        peakLossBarrier: barriers['loss-above-worse-end']!,
        midpointLossBarrier: barriers['midpoint-loss-above-worse-end']!,
        midpointAboveChord: barriers['midpoint-loss-above-chord']!,
        linear,
        distance,
        normalisedDistance: normalised,
      },
      ...lambdas.map((lambda, at): MeasurementRow => ({ lambda, accuracy: accuracy[at]!, loss: loss[at]! })),
    ];
  },
});
