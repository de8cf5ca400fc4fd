import { beforeAll, describe, expect, test } from '@jest/globals';
import { BasinlabError } from '@basinlab/tensor';
import { keyFromSeed } from '@basinlab/tensor/random';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { filter, firstValueFrom, map, toArray } from 'rxjs';
import { z } from 'zod';
import type { ActivationBatch, Measurement } from '../contracts/index.js';
import { drain, onDemand, StageError } from '../pipeline/index.js';
import {
  batchesSource,
  defineMeasurement,
  foldActivations,
  runMeasurements,
  type ActivationSources,
  type MeasuredRows,
  type Subject,
  type SubjectModel,
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const column = { name: 'value', summary: 'what was found', role: 'value', type: 'number' } as const;
const options = z.strictObject({});
const key = keyFromSeed(1);

/** Batches of one unit whose rows all hold `base + index`, with a log of passes and of how many are alive. */
function countedSource(batches: number): ActivationSources & { passes: Record<string, number>; most: number; alive: number } {
  const counted = {
    passes: {} as Record<string, number>,
    most: 0,
    alive: 0,
    of: ({ name }: SubjectModel) =>
      onDemand(async function* () {
        counted.passes[name] = (counted.passes[name] ?? 0) + 1;
        for (let index = 0; index < batches; index++) {
          const tensor = tf.fill([2, 1], Number(name) + index);
          counted.alive += 1;
          counted.most = Math.max(counted.most, counted.alive);
          try {
            yield await Promise.resolve({
              rows: 2,
              columns: [{ name: `${name}.x`, field: { model: name, layer: 'x', site: 'post-activation' as const }, tensor }],
            });
          } finally {
            tensor.dispose();
            counted.alive -= 1;
          }
        }
      }),
  };
  return counted;
}

const sumOf = ({ columns }: ActivationBatch): number => columns.reduce((sum, { tensor }) => sum + tensor.dataSync()[0]!, 0);

const sum = (id: string, of: 'model' | 'pair' | 'population'): Measurement =>
  defineMeasurement({
    id,
    summary: 'sum over batches of the first value of every column',
    of,
    options,
    needs: { activations: { sites: ['post-activation'] } },
    columns: [column],
    measure: async (_subject, _options, { activations }) => [
      { value: await foldActivations(activations, 0, (total, batch) => total + sumOf(batch)) },
    ],
  });

const models = ['1', '2', '3', '4'].map((name): SubjectModel => ({ name }));
const ofModels = models.map((model): Subject => ({ of: 'model', labels: { model: model.name }, model }));
const ofPairs = [0, 2].map((at): Subject => ({
  of: 'pair',
  labels: { pair: `${at + 1}-${at + 2}` },
  a: models[at]!,
  b: models[at + 1]!,
  alignment: 'none',
}));

const rowsOf = (measured: readonly MeasuredRows[]) =>
  measured.map(({ measurement, labels, rows }) => [measurement, ...Object.values(labels), rows[0]!['value']]);

describe('measurements of activations', () => {
  test('all that are asked for share one pass per model, with one batch of each connected model alive', async () => {
    const source = countedSource(3);
    const requests = [sum('first', 'model'), sum('second', 'pair'), sum('third', 'model')].map((measurement) => ({
      measurement,
      options: {},
    }));
    const before = tf.memory().numTensors;
    const measured = await firstValueFrom(
      runMeasurements(requests, [...ofModels, ...ofPairs], { key, execution: 'map', sources: source }).pipe(toArray()),
    );
    expect(source.passes).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1 });
    expect(source.most).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
    const of = (base: number) => 3 * base + 3;
    expect(rowsOf(measured)).toEqual([
      ['first', '1', of(1)],
      ['first', '2', of(2)],
      ['second', '1-2', of(1) + of(2)],
      ['third', '1', of(1)],
      ['third', '2', of(2)],
      ['first', '3', of(3)],
      ['first', '4', of(4)],
      ['second', '3-4', of(3) + of(4)],
      ['third', '3', of(3)],
      ['third', '4', of(4)],
    ]);
  });

  test('a population is read in step', async () => {
    const source = countedSource(2);
    const subject: Subject = { of: 'population', labels: {}, models };
    const measured = await firstValueFrom(
      runMeasurements([{ measurement: sum('all', 'population'), options: {} }], [subject], { key, execution: 'map', sources: source }).pipe(
        toArray(),
      ),
    );
    expect(source.most).toBe(4);
    expect(rowsOf(measured)).toEqual([['all', 2 * (1 + 2 + 3 + 4) + 4]]);
  });

  test('one that fails or never looks does not keep the others waiting; the error names it', async () => {
    const source = countedSource(2);
    const deaf = { ...sum('deaf', 'model'), measure: () => Promise.resolve([{ value: 0 }]) };
    const broken = { ...sum('broken', 'model'), measure: () => Promise.reject(new BasinlabError('x', 'a number', 'NaN')) };
    const run = (measurements: readonly Measurement[]) =>
      firstValueFrom(
        runMeasurements(
          measurements.map((measurement) => ({ measurement, options: {} })),
          [ofModels[0]!],
          { key, execution: 'map', sources: source },
        ).pipe(toArray()),
      );
    expect(rowsOf(await run([deaf, sum('good', 'model')]))).toEqual([
      ['deaf', '1', 0],
      ['good', '1', 3],
    ]);
    const failure = run([sum('good', 'model'), broken]);
    await expect(failure).rejects.toThrow(StageError);
    await expect(failure).rejects.toThrow('measure (broken): x: a number, got NaN');
    expect(source.alive).toBe(0);
  });

  test('the pass stops within a batch when the run is cancelled, and leaves nothing behind', async () => {
    const source = countedSource(1000);
    const controller = new AbortController();
    let seen = 0;
    const counting = defineMeasurement({
      id: 'counting',
      summary: 'cancels the run after three batches',
      of: 'model',
      options,
      needs: { activations: { sites: ['post-activation'] } },
      columns: [column],
      measure: async (_subject, _options, { activations }) => {
        await drain(activations, {
          onEvent: () => {
            seen += 1;
            if (seen === 3) controller.abort(new Error('enough'));
          },
        });
        return [];
      },
    });
    const before = tf.memory().numTensors;
    const run = drain(
      runMeasurements([{ measurement: counting, options: {} }], [ofModels[0]!], { key, execution: 'map', sources: source }),
      {
        signal: controller.signal,
      },
    );
    await expect(run).rejects.toThrow('enough');
    expect(seen).toBeLessThan(5);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('batches from elsewhere belong to the models that they name', async () => {
    const batch = (): ActivationBatch => ({
      rows: 1,
      columns: ['1', '2'].map((model) => ({ name: model, field: { model, layer: 'x', site: 'post-activation' }, tensor: tf.ones([1, 1]) })),
    });
    const sources = batchesSource(() => [batch(), batch()]);
    const requests = [{ measurement: sum('sum', 'pair'), options: {} }];
    const measured = await firstValueFrom(runMeasurements(requests, [ofPairs[0]!], { key, execution: 'map', sources }).pipe(toArray()));
    expect(rowsOf(measured)).toEqual([['sum', '1-2', 4]]);
    const unknown = runMeasurements(requests, [ofPairs[1]!], { key, execution: 'map', sources }).pipe(
      filter(Boolean),
      map(String),
      toArray(),
    );
    await expect(firstValueFrom(unknown)).rejects.toThrow('activations: columns of model 3, got columns of 1, 2');
  });
});

describe('what a measurement says', () => {
  test('its rows are completed, and refused where they do not fit the columns', async () => {
    const of = (row: Record<string, unknown>): Measurement => ({
      ...sum('odd', 'model'),
      needs: {},
      measure: () => Promise.resolve([row as never]),
    });
    const run = (row: Record<string, unknown>) =>
      firstValueFrom(runMeasurements([{ measurement: of(row), options: {} }], [ofModels[0]!], { key, execution: 'map' }).pipe(toArray()));
    expect((await run({}))[0]!.rows).toEqual([{ value: null }]);
    await expect(run({ other: 1 })).rejects.toThrow('odd: columns among value, got other');
    await expect(run({ value: 'text' })).rejects.toThrow('odd: a number in column value, got text');
  });

  test('what it needs and is not there is refused before anything runs', () => {
    const needing = (needs: Measurement['needs']): Measurement => ({ ...sum('needing', 'model'), needs });
    const run = (needs: Measurement['needs']) => () =>
      runMeasurements([{ measurement: needing(needs), options: {} }], [ofModels[0]!], { key, execution: 'map' });
    expect(run({ weights: 'standard' })).toThrow('needing: models with weights');
    expect(run({ examples: true })).toThrow('needing: labelled examples');
    expect(run(() => ({ activations: { sites: ['input'] } }))).toThrow('needing: activations');
  });

  test('what is made once serves every subject and is released after the last', async () => {
    const log: string[] = [];
    const reusing: Measurement = {
      ...sum('reusing', 'model'),
      needs: {},
      measure(_subject, _options, { reuse }) {
        const maker = reuse('maker', () => {
          log.push('made');
          return { value: 7, dispose: () => void log.push('released') };
        });
        return Promise.resolve([{ value: maker.value }]);
      },
    };
    const measured = await firstValueFrom(
      runMeasurements([{ measurement: reusing, options: {} }], ofModels, { key, execution: 'map' }).pipe(toArray()),
    );
    expect(measured).toHaveLength(4);
    expect(log).toEqual(['made', 'released']);
  });
});
