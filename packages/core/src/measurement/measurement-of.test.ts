import { expect, test } from '@jest/globals';
import type { Measurement } from '../contracts/index.js';
import type { Metric } from '@basinlab/tensor';
import { of } from 'rxjs';
import { measurementOf } from './index.js';

const metric: Metric<number> = {
  id: 'largest',
  summary: 'largest activation at a quantile',
  inputs: ['activations'],
  labels: [{ name: 'quantile', summary: 'share of rows below', type: 'number' }],
  range: [0, 1],
  init: () => 0,
  update: (state) => state,
  result: () => [],
};

test('a metric that is lifted as it is has columns for layer, site and the labels that it declares', () => {
  const { summary, columns, of } = measurementOf(metric);
  expect([summary, of]).toEqual(['largest activation at a quantile', 'model']);
  expect(columns.map(({ name, role, type }) => [name, role, type])).toEqual([
    ['layer', 'axis', 'text'],
    ['site', 'axis', 'text'],
    ['quantile', 'axis', 'number'],
    ['quantity', 'axis', 'text'],
    ['value', 'value', 'number'],
  ]);
});

test('one that reads no activations has no layers, and one that says nothing is called by its id', () => {
  const { init, update, result } = metric;
  const { summary, columns } = measurementOf({ id: 'largest', inputs: ['logits:a', 'logits:b'], range: [0, 1], init, update, result });
  expect(summary).toBe('the metric largest');
  expect(columns.map(({ name }) => name)).toEqual(['quantity', 'value']);
});

test('rows say which model they are of only where that is declared: else the subject says it', async () => {
  const result = () => [{ name: 'largest', value: 0.5, labels: { model: 'm', layer: 'x', quantile: 0.9 } }];
  const model = { name: 'm', raw: { params: {}, state: {}, constants: {} } };
  const rowsOf = ({ measure }: Measurement) => measure({ model } as never, {}, { activations: of() } as never);
  expect(await rowsOf(measurementOf({ ...metric, result }))).toEqual([{ layer: 'x', quantile: 0.9, quantity: 'largest', value: 0.5 }]);
  const declared = [...metric.labels!, { name: 'model', summary: 'side', type: 'text' as const }];
  expect(await rowsOf(measurementOf({ ...metric, labels: declared, result }))).toEqual([expect.objectContaining({ model: 'm' })]);
});
