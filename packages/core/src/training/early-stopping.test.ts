import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import type { MetricRow } from '../contracts/index.js';
import { earlyStopping } from './early-stopping.js';
import type { EarlyStoppingOptions } from './early-stopping.js';
import { blobs, collect, memorySink, parametersOf, smallPlan } from './training.fixture.js';
import { trainPopulation } from './train-population.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  smallPlan();
});

const rowsOf = (name: string, values: readonly number[]): MetricRow[] =>
  values.map((value, model) => ({ name, value, labels: { model, split: 'validation' } }));

/** The epoch at which it is over, and the best epochs then; `values` [epoch][model]. */
function watch(options: EarlyStoppingOptions, values: readonly (readonly number[])[], name = 'loss') {
  const stopping = earlyStopping(options, values[0]!.length);
  for (const [index, each] of values.entries()) {
    const best = stopping.observe(index + 1, rowsOf(name, each)).map(({ value }) => value);
    if (stopping.isOver(index + 1)) return { epoch: index + 1, best };
  }
  return null;
}

describe('early stopping', () => {
  test('waits for the last model', () => {
    const losses = [
      [3, 5],
      [2, 5],
      [2, 4],
      [2, 4],
      [1.9, 4],
    ];
    expect(watch({ patience: 2 }, losses)).toBeNull();
    expect(watch({ patience: 1 }, losses)).toEqual({ epoch: 4, best: [2, 3] });
  });
  test('better is by more than minDelta, up for accuracy', () => {
    expect(watch({ patience: 2, minDelta: 0.5 }, [[3], [2.6], [2.4], [2], [1.95]])).toEqual({ epoch: 5, best: [3] });
    expect(watch({ patience: 2, monitor: 'accuracy' }, [[0.5], [0.6], [0.6], [0.4], [0.9]], 'accuracy')).toEqual({ epoch: 4, best: [2] });
    expect(watch({ patience: 1, mode: 'max' }, [[1], [2], [1]])).toEqual({ epoch: 3, best: [2] });
  });
  test('a value that is not finite is never better', () => {
    expect(watch({ patience: 2 }, [[NaN], [Infinity], [3]])).toEqual({ epoch: 2, best: [0] });
  });
  test('goes on from its counters', () => {
    const first = earlyStopping({ patience: 2 }, 1);
    first.observe(1, rowsOf('loss', [1]));
    first.observe(2, rowsOf('loss', [2]));
    const again = earlyStopping({ patience: 2 }, 1, JSON.parse(JSON.stringify(first.counters())) as never);
    expect([again.isOver(2), again.observe(3, rowsOf('loss', [1]))[0]!.value, again.isOver(3)]).toEqual([false, 1, true]);
    expect(() => earlyStopping({ patience: 2 }, 2, first.counters())).toThrow('checkpoint: must hold bestEpochs of 2 models, got [1]');
  });
  test('refuses options without sense', () => {
    expect(() => earlyStopping({ patience: 0 }, 1)).toThrow('patience must be a whole number of epochs above 0, got 0');
    expect(() => earlyStopping({ patience: 1, minDelta: -1 }, 1)).toThrow('minDelta must be at least 0, got -1');
    expect(() => earlyStopping({ patience: 1, monitor: 'accuracy' }, 1).observe(1, rowsOf('loss', [1]))).toThrow(
      'validation accuracy of every',
    );
  });
});

describe('a population with early stopping', () => {
  // Improvements of the loss by 0.4 do not last long.
  const stopping = { patience: 2, minDelta: 0.4 };

  test('ends early, keeps its last checkpoint, and ends the same after a resumption from any epoch', async () => {
    const sink = memorySink();
    const whole = await collect(
      trainPopulation(smallPlan({ models: 2, epochs: 30, earlyStopping: stopping, sink, checkpoints: () => true })),
    );
    const expected = parametersOf(whole.events);
    const last = Math.max(...sink.saved.keys());
    expect(last).toBeGreaterThan(2);
    expect(last).toBeLessThan(30);
    const best = whole.rows.filter(({ name, labels }) => name === 'best-epoch' && labels!['epoch'] === last).map(({ value }) => value);
    expect(Math.max(...best)).toBe(last - 2);
    for (const epoch of [last - 1, last]) {
      const rest = await collect(
        trainPopulation(smallPlan({ models: 2, epochs: 30, earlyStopping: stopping, resume: sink.saved.get(epoch)! })),
      );
      expect(parametersOf(rest.events)).toEqual(expected);
      expect(rest.rows).toEqual(whole.rows.filter((row) => Number(row.labels!['epoch']) > epoch));
    }
    const only = memorySink();
    parametersOf((await collect(trainPopulation(smallPlan({ models: 2, epochs: 30, earlyStopping: stopping, sink: only })))).events);
    expect([...only.saved.keys()]).toEqual([0, last]);
  });

  test('needs a validation split', async () => {
    const data = { train: blobs(5, 1), validation: blobs(0, 1) };
    await expect(collect(trainPopulation(smallPlan({ data, earlyStopping: stopping })))).rejects.toThrow(
      'earlyStopping: a validation split, got an empty one',
    );
  });
});
