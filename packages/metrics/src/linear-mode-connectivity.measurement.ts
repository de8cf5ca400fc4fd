import { type MeasurementRow } from '@basinlab/core';
import { defineMeasurement } from '@basinlab/core/measurement';
import { demand } from '@basinlab/tensor';
import { z } from 'zod';
import { barriersOf, lossBarrier } from './barrier.js';
import { createConnectivityEvaluator } from './linear-mode-connectivity.js';
import { barrierInterval, createRowLosses } from './row-losses.js';

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
    confidence: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('of an interval of the loss barrier over rows (images, windows of a text), by a bootstrap, for example 0.95'),
    calibrate: z
      .boolean()
      .default(false)
      .describe('also the losses with logits divided by a temperature, fitted at every point on the validation split'),
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
    { name: 'lossBarrierLow', summary: 'lower bound of the interval of lossBarrier', ...number, unit: 'nats', better: 'lower' },
    { name: 'lossBarrierHigh', summary: 'upper bound of the interval of lossBarrier', ...number, unit: 'nats', better: 'lower' },
    { name: 'calibratedLoss', summary: 'mean loss with calibrated logits', ...number, unit: 'nats', range: [0, Infinity], better: 'lower' },
    { name: 'calibratedLossBarrier', summary: 'lossBarrier of the calibrated losses', ...number, unit: 'nats', better: 'lower' },
    { name: 'temperature', summary: 'by which logits are divided', ...number, range: [0, Infinity] },
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
  async measure(
    { a, b },
    { points, statistics, confidence, calibrate },
    { network, examples, task, graph, splits, key, execution, reuse },
  ) {
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
    const remedy = 'Set statistics=interpolate.';
    const isByRows = confidence !== undefined || calibrate;
    demand(!isByRows || statistics === 'interpolate', 'linear-mode-connectivity', 'interpolated statistics, for rows', statistics, remedy);
    const { lambdas, splits: measured, distance, normalised } = await evaluator.measure(a.variables, b.variables, { here: examples });
    const { accuracy, loss, accuracyBarrier, lossBarrier: barrier, linear } = measured.here;
    const barriers = Object.fromEntries(barriersOf(loss).map(({ id, value }) => [id, value]));
    const models = [a.variables, b.variables];
    const weights = lambdas.map((lambda) => [1 - lambda, lambda]);
    const byRows = isByRows ? reuse('rows', () => createRowLosses(network, { task, graph })) : undefined;
    const interval: { lossBarrierLow?: number; lossBarrierHigh?: number } = {};
    if (byRows !== undefined && confidence !== undefined) {
      const ofRows: Float32Array[] = [];
      for (const point of weights) ofRows.push(await byRows.at(models, point, examples));
      const { low, high } = barrierInterval(ofRows, { confidence, key });
      Object.assign(interval, { lossBarrierLow: low, lossBarrierHigh: high });
    }
    const calibrated: { temperature: number; calibratedLoss: number }[] = [];
    if (byRows !== undefined && calibrate) {
      const fitted = splits['validation'] ?? examples;
      for (const point of weights) {
        const temperature = await byRows.temperature(models, point, fitted);
        calibrated.push({ temperature, calibratedLoss: await byRows.calibratedLoss(models, point, examples, temperature) });
      }
    }
    return [
      {
        accuracyBarrier,
        lossBarrier: barrier,
        ...interval,
        ...(calibrated.length > 0 && { calibratedLossBarrier: lossBarrier(calibrated.map(({ calibratedLoss }) => calibratedLoss)) }),
        peakLossBarrier: barriers['loss-above-worse-end']!,
        midpointLossBarrier: barriers['midpoint-loss-above-worse-end']!,
        midpointAboveChord: barriers['midpoint-loss-above-chord']!,
        linear,
        distance,
        normalisedDistance: normalised,
      },
      ...lambdas.map((lambda, at): MeasurementRow => ({ lambda, accuracy: accuracy[at]!, loss: loss[at]!, ...calibrated[at] })),
    ];
  },
});
