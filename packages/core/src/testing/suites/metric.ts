import * as tf from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/tensor/testing';
import type { Tolerance } from '@basinlab/tensor/testing';
import type { ActivationBatch, Metric, MetricRow } from '../../contracts/index.js';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf, identityChecks } from './check.js';
import type { Check, Contract } from './check.js';

/** Batches that a metric is tested with, and what it should give. */
export interface MetricExample {
  readonly name: string;
  /** Makes the whole data as one batch, inside `tf.tidy`; two rows at least. */
  readonly batch: () => ActivationBatch;
  /** Known values by row name; rows with labels are `name{label=value}`, labels in order. */
  readonly expected?: Readonly<Record<string, number>>;
  /** The data have no answer (dead unit, constant activations): NaN is allowed. Default false. */
  readonly degenerate?: boolean;
  /** How much the order of sums may show. Default rtol 1e-4, atol 1e-5. */
  readonly tolerance?: Tolerance;
}

/**
 * What every metric must do: values in its range, the same for any split of the data into batches, from a state of its own for every run,
 * with the batches left alone, and an error for a batch that lacks its inputs.
 */
export function metricContract<S>(metric: Metric<S>, examples: readonly MetricExample[]): Contract {
  const evaluate = (batches: readonly ActivationBatch[]) =>
    metric.result(batches.reduce<S>((state, batch) => metric.update(state, batch), metric.init()));
  const each = (example: MetricExample): Check[] => {
    const tolerance = { equalNaN: true, rtol: 1e-4, atol: 1e-5, ...example.tolerance };
    const scoped = (run: (batch: ActivationBatch) => void) => () => assertNoLeak(() => tf.tidy(() => run(example.batch())));
    return [
      {
        name: 'rows have unique names and values in the range',
        run: scoped((batch) => {
          const rows = evaluate([batch]);
          assert.ok(rows.length > 0, 'there must be at least one row');
          assert.deepEqual(rows.map(label), [...new Set(rows.map(label))]);
          const [low, high] = metric.range;
          // An end of the range may be missed by rounding.
          const slack = 1e-5 * Math.max(1, ...[low, high].filter(Number.isFinite).map(Math.abs));
          for (const row of rows) {
            if (example.degenerate === true && Number.isNaN(row.value)) continue;
            assert.ok(
              row.value >= low - slack && row.value <= high + slack,
              `${label(row)} must lie in [${low}, ${high}], got ${row.value}`,
            );
          }
        }),
      },
      {
        name: 'labels of rows are declared, or layer, site or, of a metric of one model, model',
        run: scoped((batch) => {
          const ofPair = metric.inputs.some((input) => /:[ab]$/.test(input));
          const known = new Set(['layer', 'site', ...(ofPair ? [] : ['model']), ...(metric.labels ?? []).map(({ name }) => name)]);
          const others = evaluate([batch]).flatMap(({ labels = {} }) => Object.keys(labels).filter((name) => !known.has(name)));
          assert.deepEqual([...new Set(others)], []);
        }),
      },
      {
        name: 'values are those expected',
        run: scoped((batch) => {
          const values = byLabel(evaluate([batch]));
          for (const [name, value] of Object.entries(example.expected ?? {})) {
            assert.ok(name in values, `there is no row ${name}, only ${Object.keys(values).join(', ')}`);
            expectAllclose(values[name]!, value, tolerance);
          }
        }),
      },
      {
        name: 'splitting the data into batches changes nothing',
        run: scoped((batch) => {
          const whole = byLabel(evaluate([batch]));
          for (const at of new Set([1, Math.floor(batch.rows / 2), batch.rows - 1])) {
            const split = byLabel(evaluate([rowsOf(batch, 0, at), rowsOf(batch, at, batch.rows)]));
            assert.deepEqual(Object.keys(split), Object.keys(whole));
            expectAllclose(Object.values(split), Object.values(whole), tolerance);
          }
        }),
      },
      {
        name: 'a run starts from an empty state, its result can be read twice, and the batch stays as it was',
        run: scoped((batch) => {
          const before = batch.columns.map(({ tensor }) => tensor.dataSync().slice());
          const first = byLabel(evaluate([batch]));
          assert.deepEqual(byLabel(evaluate([batch])), first);
          const state = metric.update(metric.init(), batch);
          assert.deepEqual(byLabel(metric.result(state)), byLabel(metric.result(state)));
          batch.columns.forEach(({ tensor }, i) => expectAllclose(tensor, before[i]!, { rtol: 0, atol: 0, equalNaN: true }));
        }),
      },
    ].map(({ name, run }) => ({ name: `${example.name}: ${name}`, run }));
  };
  return contractOf(`metric ${metric.id}`, [
    ...identityChecks(metric),
    {
      name: 'the range is [low, high]',
      run: () => assert.ok(metric.range.length === 2 && metric.range[0] < metric.range[1], `got [${metric.range.join(', ')}]`),
    },
    {
      name: 'a batch without the inputs is refused with an error that names the metric',
      run: () => {
        if (metric.inputs.length === 0) return;
        const update = () => metric.result(metric.update(metric.init(), { rows: 2, columns: [] }));
        assert.throws(update, (error: Error) => error.name === 'BasinlabError' && error.message.startsWith(metric.id));
      },
    },
    ...examples.flatMap(each),
  ]);
}

function rowsOf(batch: ActivationBatch, begin: number, end: number): ActivationBatch {
  return {
    rows: end - begin,
    columns: batch.columns.map((column) => ({ ...column, tensor: tf.slice(column.tensor, begin, end - begin) })),
  };
}

function label({ name, labels = {} }: MetricRow): string {
  const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return text.length === 0 ? name : `${name}{${text.join(',')}}`;
}

const byLabel = (rows: readonly MetricRow[]): Record<string, number> => Object.fromEntries(rows.map((row) => [label(row), row.value]));
