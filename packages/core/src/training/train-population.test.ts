import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { expectAllclose } from '@basinlab/tensor/testing';
import '@tensorflow/tfjs-backend-cpu';
import '../index.js';
import type { Checkpoint, StoredTree } from '../store/index.js';
import { stopped } from '../pipeline/index.js';
import { defineUpdateRule } from './update-rule.js';
import { sgd } from './optimizers/index.js';
import { constant } from './schedules/index.js';
import { blobs, collect, memorySink, parametersOf, smallPlan } from './training.fixture.js';
import { trainPopulation } from './train-population.js';
import type { TrainingEvent } from './train-population.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  smallPlan();
});

describe('a population', () => {
  test('learns, and reports every epoch of every model', async () => {
    const { events, rows } = await collect(trainPopulation(smallPlan({ models: 2, epochs: 4 })));
    const value = (name: string, model: number, epoch: number, split: string): number =>
      rows.find((r) => r.name === name && r.labels?.['model'] === model && r.labels['epoch'] === epoch && r.labels['split'] === split)!
        .value;
    expect(rows).toHaveLength(2 * 4 * 2 * 2);
    for (const model of [0, 1]) {
      expect(value('loss', model, 4, 'train')).toBeLessThan(0.5 * value('loss', model, 1, 'train'));
      expect(value('accuracy', model, 4, 'validation')).toBeGreaterThan(0.9);
    }
    const progress = events.flatMap((e) => (e.kind === 'progress' ? [e] : []));
    expect(progress.at(-1)).toMatchObject({ done: 2 * 4 * 7, total: 2 * 4 * 7, unit: 'steps' });
    const [first, second] = parametersOf(events) as [Record<string, number[]>, Record<string, number[]>];
    expect(first['a']).not.toEqual(second['a']);
  });

  test('keeps fixed weights where they start, but for the decay', async () => {
    const [model] = parametersOf((await collect(trainPopulation(smallPlan({ epochs: 1 })))).events);
    // Seven steps of AdamW at rate 0.02 and decay 0.01.
    expect(model!['a']![0]).toBeCloseTo(0.5 * (1 - 0.02 * 0.01) ** 7, 6);
  });

  test('is the same whether its models take turns or move together', async () => {
    const results: { parameters: Record<string, number[]>[]; rows: number[] }[] = [];
    for (const execution of ['map', 'vmap'] as const) {
      const { events, rows } = await collect(trainPopulation(smallPlan({ models: 3, execution })));
      results.push({ parameters: parametersOf(events), rows: rows.map(({ value }) => value) });
    }
    expect(results[1]!.rows).toHaveLength(results[0]!.rows.length);
    results[0]!.parameters.forEach((model, index) => {
      for (const [name, values] of Object.entries(model))
        expectAllclose(results[1]!.parameters[index]![name]!, values, { rtol: 1e-6, atol: 1e-7 });
    });
  });

  test('holds no tensors and disturbs nothing once it is done', async () => {
    const before = tf.memory().numTensors;
    for (const execution of ['map', 'vmap'] as const) {
      parametersOf((await collect(trainPopulation(smallPlan({ models: 2, execution })))).events);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  test('uses constant memory over 500 steps', async () => {
    const counts: number[] = [];
    const plan = smallPlan({ epochs: 10, batch: 2 });
    await new Promise<void>((resolve, reject) => {
      trainPopulation(plan).subscribe({
        next: (event) => {
          if (event.kind === 'metric') counts.push(tf.memory().numTensors);
          if (event.kind === 'trained') tf.dispose(event.models as never);
        },
        error: reject,
        complete: resolve,
      });
    });
    expect(counts).toHaveLength(10);
    expect(new Set(counts).size).toBe(1);
  });
});

describe('an interruption', () => {
  test('and a resumption at any epoch end in the same bits', async () => {
    const sink = memorySink();
    const plan = smallPlan({ models: 2, epochs: 3, sink, checkpoints: () => true });
    const whole = await collect(trainPopulation(plan));
    const expected = parametersOf(whole.events);
    expect([...sink.saved.keys()]).toEqual([0, 1, 2, 3]);
    for (const epoch of [0, 1, 2]) {
      for (const execution of ['map', 'vmap'] as const) {
        const rest = await collect(trainPopulation(smallPlan({ models: 2, epochs: 3, execution, resume: sink.saved.get(epoch)! })));
        const got = parametersOf(rest.events);
        if (execution === 'map') {
          expect(got).toEqual(expected);
          expect(rest.rows).toEqual(whole.rows.filter((row) => Number(row.labels!['epoch']) > epoch));
        } else {
          for (const name of ['a', 'b', 'c']) expectAllclose(got[1]![name]!, expected[1]![name]!, { rtol: 1e-5, atol: 1e-6 });
        }
      }
    }
  });

  test('refuses the checkpoint of another run', async () => {
    const sink = memorySink();
    parametersOf((await collect(trainPopulation(smallPlan({ epochs: 1, sink })))).events);
    const run = (models: number, resume: Checkpoint<StoredTree>): Promise<unknown> =>
      collect(trainPopulation(smallPlan({ models, resume })));
    const good = sink.saved.get(1)!;
    await expect(run(2, good)).rejects.toThrow('checkpoint: must hold the 2 models of the run, got 1');
    const lacking = Object.fromEntries(Object.entries(good.arrays['params'] as StoredTree).filter(([name]) => name !== 'a'));
    await expect(run(1, { ...good, arrays: { ...good.arrays, params: lacking } })).rejects.toThrow(
      'checkpoint: must hold params/a, got nothing',
    );
    const optimizer = {
      m: good.arrays['params']!,
      v: { ...(good.arrays['params'] as StoredTree), a: (good.arrays['params'] as StoredTree)['b']! },
    };
    await expect(run(1, { ...good, arrays: { ...good.arrays, optimizer } })).rejects.toThrow(
      'optimizer/v/a must have shape [6, 4] per model',
    );
    await expect(run(1, { ...good, counters: { models: 1 } })).rejects.toThrow('must hold the number of finished epochs, got nothing');
  });

  test('by unsubscribing stops within a segment and releases the memory', async () => {
    const before = tf.memory().numTensors;
    const events: TrainingEvent[] = [];
    await new Promise<void>((resolve, reject) => {
      const subscription = trainPopulation(smallPlan({ epochs: 10_000 })).subscribe({
        next: (event) => {
          events.push(event);
          if (events.length === 3) {
            subscription.unsubscribe();
            resolve(stopped());
          }
        },
        error: reject,
      });
    });
    expect(events).toHaveLength(3);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('a loss that is not finite names model, epoch and step', async () => {
  const before = tf.memory().numTensors;
  const updateRule = defineUpdateRule({ optimizer: sgd, schedule: constant, learningRate: 1e38 });
  const training = collect(trainPopulation(smallPlan({ models: 2, updateRule })));
  await expect(training).rejects.toThrow(
    /^training: the loss must stay finite, got NaN or infinity at epoch 1, step [23] of model 0\. Use a smaller/,
  );
  expect(tf.memory().numTensors).toBe(before);
});

test('the last batch is smaller, and no sample is left out', async () => {
  const train = blobs(5, 9);
  const { events, rows } = await collect(trainPopulation(smallPlan({ data: { train, validation: blobs(0, 1) }, batch: 3, epochs: 1 })));
  parametersOf(events);
  expect(rows.map(({ labels }) => labels!['split'])).toEqual(['train', 'train']);
  expect((rows[1]!.value * 5) % 1).toBeCloseTo(0, 6);
  expect(events.flatMap((e) => (e.kind === 'progress' ? [e.total] : []))[0]).toBe(2);
});

test('a batch may be larger than the data', async () => {
  const { events, rows } = await collect(trainPopulation(smallPlan({ batch: 1000, epochs: 2 })));
  parametersOf(events);
  expect(rows).toHaveLength(8);
  expect(events.flatMap((e) => (e.kind === 'progress' ? [e.total] : []))[0]).toBe(2);
});

test('plans that cannot be trained are refused', async () => {
  const run = (changes: Parameters<typeof smallPlan>[0]): Promise<unknown> => collect(trainPopulation(smallPlan(changes)));
  await expect(run({ models: 0 })).rejects.toThrow('training: at least one model, got 0');
  await expect(run({ batch: 0.5 })).rejects.toThrow('training: the batch size must be a whole number above 0, got 0.5');
  await expect(run({ data: { train: blobs(0, 1), validation: blobs(0, 1) } })).rejects.toThrow('training: at least one sample, got 0');
});
