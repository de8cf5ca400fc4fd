import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { LoadedDataset } from '@basinlab/core';
import type { Checkpoint } from '@basinlab/core/store';
import { gaussianBlobs } from '@basinlab/datasets';
import { registerXla, xlaEngine } from '@basinlab/xla';
import { held, planOn, stored, train } from './training-on-xla.fixture.js';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`placements on xla: not tested, because it is not available (${detail})\n`);

(available ? describe : describe.skip)('a population on several devices', () => {
  let data: LoadedDataset;
  beforeAll(async () => {
    await registerXla({ plugin: 'cpu', deviceCount: 3 });
    data = await gaussianBlobs.load(gaussianBlobs.options.parse({}));
  }, 120_000);
  afterAll(() => {
    data.dispose();
    tf.removeBackend('xla');
  });

  test('ends in the bits of one device, also where models are left over', async () => {
    const run = (devices: number) => train(planOn(data, { models: 4, epochs: 2, devices }));
    const { rows, parameters } = await run(1);
    for (const devices of [2, 3]) {
      const spread = await run(devices);
      expect(spread.placement).toMatchObject({ execution: 'map', devices });
      expect(spread.rows).toEqual(rows);
      expect(spread.parameters).toEqual(parameters);
    }
  }, 240_000);

  test('moves in a stack per device under vmap, the same up to rounding, and in one stack unless told otherwise', async () => {
    const run = (devices?: number) => train(planOn(data, { models: 4, epochs: 1, execution: 'vmap', devices }));
    const [alone, spread] = [await run(), await run(3)];
    expect([alone.placement?.devices, spread.placement?.devices]).toEqual([1, 3]);
    // Rows come by stack.
    const sorted = ({ rows }: typeof alone) => rows.map((row) => [JSON.stringify([row.labels, row.name]), row.value] as const).sort();
    sorted(spread).forEach(([name, value], at) => {
      const [expected, wanted] = sorted(alone)[at]!;
      expect(name).toBe(expected);
      // Biases before batch norm have no gradient but rounding noise, which Adam turns into whole steps of the learning rate.
      expect(value).toBeCloseTo(wanted, 1);
    });
  }, 240_000);

  test('may be resumed on another number of devices', async () => {
    const saved: Checkpoint[] = [];
    const sink = { checkpoint: (_: number, content: Checkpoint) => Promise.resolve(`epoch ${saved.push(content)}`) };
    const whole = await train(planOn(data, { models: 3, sink, checkpoints: () => true, devices: 2 }));
    for (const [epoch, devices] of [
      [0, 3],
      [1, 1],
      [2, 3],
    ] as const) {
      const rest = await train(planOn(data, { models: 3, resume: stored(saved[epoch]!), devices }));
      expect(rest.parameters).toEqual(whole.parameters);
    }
  }, 240_000);

  test('finds its placement while it trains, and says so', async () => {
    const { parameters } = await train(planOn(data, { models: 3, epochs: 1, devices: 1 }));
    const found = await train(planOn(data, { models: 3, epochs: 1 }));
    expect(found.placement?.devices).toBe(3);
    expect(found.parameters).toEqual(parameters);
    // A long run is worth a trial, whose segments train like any others: its first epoch is that of the short one.
    const saved = new Map<number, Checkpoint>();
    const sink = { checkpoint: (epoch: number, content: Checkpoint) => Promise.resolve(`epoch ${saved.set(epoch, content).size}`) };
    const stop = new AbortController();
    const long = train(planOn(data, { models: 3, epochs: 1_000_000, sink, checkpoints: (epoch) => epoch < 2 }), {
      signal: stop.signal,
      onPlacement: () => stop.abort(),
    });
    await expect(long).rejects.toThrow();
    const [{ data: values }] = [saved.get(1)!.arrays['params']!['layers.0.linear.weight' as never] as { data: Float32Array }];
    expect(Array.from(values)).toEqual(parameters.flatMap((model) => model['layers.0.linear.weight']!));
  }, 240_000);

  test('holds the same tensors and device buffers after every epoch', async () => {
    const before = held();
    await train(planOn(data, { models: 4, epochs: 1, devices: 3 }));
    const { buffers } = held();
    const { memory } = await train(planOn(data, { models: 4, epochs: 6, devices: 3 }));
    expect(new Set(memory.map((now) => JSON.stringify(now))).size).toBe(1);
    expect(held()).toEqual({ tensors: before.tensors, buffers });
  }, 240_000);

  test('refuses more devices than there are', async () => {
    const before = held();
    await expect(train(planOn(data, { devices: 4 }))).rejects.toThrow('training: at most the 3 devices of the engine, got 4');
    expect(held()).toEqual(before);
  });
});
