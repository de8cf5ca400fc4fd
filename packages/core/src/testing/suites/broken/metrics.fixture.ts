import * as tf from '@tensorflow/tfjs-core';
import type { ActivationBatch } from '../../../contracts/index.js';
import { metricContract } from '../metric.js';
import { sampleNormal } from '../sample.js';
import { tinyMetric } from '../tiny-plugins.fixture.js';
import { brokenBy, type Collection } from './collection.fixture.js';

type Tiny = typeof tinyMetric;

const batch = (): ActivationBatch => ({
  rows: 7,
  columns: [{ name: 'h', field: { model: 'a', layer: 'hidden', site: 'post-activation' }, tensor: sampleNormal('h', [7, 4]) }],
});
const contract = (change: Partial<Tiny>) => metricContract({ ...tinyMetric, ...change }, [{ name: 'noise', batch }]);
const shared = { sum: 0, rows: 0 };

/** Metrics that take a mean over rows. */
export const metrics: Collection = {
  family: 'metric',
  right: [contract({})],
  broken: [
    ...brokenBy<Tiny>(contract, [
      ['a range upside down', 'the range is [low, high]', { range: [1, 0] }],
      ['a value out of range', 'rows have unique names and values in the range', { result: () => [{ name: 'mean', value: 1.1 }] }],
      ['a value that is NaN', 'rows have unique names and values in the range', { result: () => [{ name: 'mean', value: NaN }] }],
      [
        'two rows of one name',
        'rows have unique names and values in the range',
        { result: (state) => [...tinyMetric.result(state), ...tinyMetric.result(state)] },
      ],
      [
        'a label that is not declared',
        'labels of rows are declared, or layer, site or, of a metric of one model, model',
        { result: (state) => tinyMetric.result(state).map((row) => ({ ...row, labels: { lambda: 1 } })) },
      ],
      [
        'a mean of batches in place of rows',
        'splitting the data into batches changes nothing',
        {
          update: ({ sum, rows }, given) => ({ sum: sum + tinyMetric.update({ sum: 0, rows: 0 }, given).sum / given.rows, rows: rows + 1 }),
        },
      ],
      [
        'one state for all runs',
        'a run starts from an empty state, its result can be read twice, and the batch stays as it was',
        {
          init: () => shared,
          update: (state, given) => Object.assign(state, tinyMetric.update(state, given)),
          result: ({ rows }) => [{ name: 'mean', value: 1 / (1 + rows) }],
        },
      ],
      [
        'one that takes any batch',
        'a batch without the inputs is refused with an error that names the metric',
        { update: (state, given) => (given.columns.length === 0 ? { sum: 0, rows: 1 } : tinyMetric.update(state, given)) },
      ],
      [
        'a tensor left behind',
        'rows have unique names and values in the range',
        {
          update(state, given) {
            tf.keep(tf.scalar(1));
            return tinyMetric.update(state, given);
          },
        },
      ],
    ]),
    {
      fault: 'another value than the one expected',
      caughtBy: 'values are those expected',
      contract: metricContract(tinyMetric, [{ name: 'noise', batch, expected: { mean: 2 } }]),
    },
  ],
};
