import { defineMeasurement } from '@basinlab/core/measurement';
import { z } from 'zod';
import { modelDistance } from './distance.js';

const number = { role: 'value', type: 'number', range: [0, Infinity] } as const;

/** {@link modelDistance} of a pair. */
export const distanceMeasurement = defineMeasurement({
  id: 'distance',
  summary: 'Euclidean distance of the parameters of two models',
  of: 'pair',
  needs: { weights: 'standard' },
  options: z.strictObject({}),
  columns: [
    { name: 'distance', summary: 'distance over parameters and running statistics', ...number },
    { name: 'normalised', summary: 'distance per square root of the number of parameters', ...number },
    { name: 'parameters', summary: 'number of parameters', ...number },
  ],
  plots: [
    { kind: 'lines', title: 'Distance over training', x: 'epoch', y: 'distance', series: 'alignment' },
    { kind: 'bars', title: 'Distance', x: 'alignment', y: 'distance' },
  ],
  measure: async ({ a, b }) => [{ ...(await modelDistance(a.variables, b.variables)) }],
});
