import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { LoadedDataset } from '@basinlab/core';
import type { Checkpoint } from '@basinlab/core/store';
import { cosine, defineUpdateRule, sgd } from '@basinlab/core/training';
import { gaussianBlobs } from '@basinlab/datasets';
import { xlaEngine } from '@basinlab/xla';
import { held, planOn, stored, train } from './training-on-xla.fixture.js';
import type { Result } from './training-on-xla.fixture.js';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`training on xla: not tested, because it is not available (${detail})\n`);

let data: LoadedDataset;
const plan = (changes: Parameters<typeof planOn>[1] = {}) => planOn(data, changes);

const largestDifference = (a: Result, b: Result): number =>
  Math.max(
    ...a.parameters.flatMap((model, index) =>
      Object.entries(model).flatMap(([name, values]) => values.map((value, at) => Math.abs(value - b.parameters[index]![name]![at]!))),
    ),
  );

(available ? describe : describe.skip)('training on xla', () => {
  beforeAll(async () => {
    await xlaEngine.start();
    data = await gaussianBlobs.load(gaussianBlobs.options.parse({}));
  }, 120_000);
  afterAll(() => {
    data.dispose();
    tf.removeBackend('xla');
  });

  test('gives the same bits again, and after a resumption from any epoch', async () => {
    const saved: Checkpoint[] = [];
    const sink = {
      checkpoint: (_: number, content: Checkpoint) => Promise.resolve(`epoch ${saved.push(content)}`),
    };
    const whole = await train(plan({ sink, checkpoints: () => true }));
    expect(await train(plan())).toEqual(whole);
    for (const content of saved.slice(0, 3)) {
      const rest = await train(plan({ resume: stored(content) }));
      expect(rest.parameters).toEqual(whole.parameters);
    }
  }, 240_000);

  test('is the same whether models take turns or move together, up to rounding', async () => {
    const steps = { epochs: 1, models: 3 };
    const [turns, together] = [await train(plan({ ...steps, execution: 'map' })), await train(plan({ ...steps, execution: 'vmap' }))];
    expect(together.rows.map(({ name, labels }) => JSON.stringify([name, labels])).sort()).toEqual(
      turns.rows.map(({ name, labels }) => JSON.stringify([name, labels])).sort(),
    );
    // Biases before batch norm have no gradient but rounding noise, which Adam turns into whole steps of the learning rate.
    const bounded = (result: Result): Result => ({
      ...result,
      parameters: result.parameters.map((model) =>
        Object.fromEntries(Object.entries(model).filter(([name]) => !/layers\.[01]\.(linear\.bias|norm\.runningMean)/.test(name))),
      ),
    });
    expect(largestDifference(bounded(turns), bounded(together))).toBeLessThan(2e-3);
  }, 240_000);

  test('holds the same tensors and device buffers after every epoch of 2,000 steps', async () => {
    const perEpoch = Math.ceil(data.train.inputs.shape[0]! / 48);
    const before = held();
    await train(plan({ models: 1, epochs: 1 }));
    // The data's buffers, which the first use uploads.
    const { buffers } = held();
    const { memory } = await train(plan({ models: 1, epochs: Math.ceil(2000 / perEpoch) }));
    expect(memory.length * perEpoch).toBeGreaterThanOrEqual(2000);
    expect(new Set(memory.map((now) => JSON.stringify(now))).size).toBe(1);
    expect(held()).toEqual({ tensors: before.tensors, buffers });
  }, 240_000);

  test('a loss that is not finite names model, epoch and step', async () => {
    const updateRule = defineUpdateRule({ optimizer: sgd, schedule: cosine, scheduleOptions: { length: 20 }, learningRate: 1e38 });
    for (const execution of ['map', 'vmap'] as const) {
      await expect(train(plan({ updateRule, execution }))).rejects.toThrow(
        /^training: the loss must stay finite, got NaN or infinity at epoch 1, step \d of model \d/,
      );
    }
  }, 240_000);
});
