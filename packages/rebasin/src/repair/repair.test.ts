import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, type SymmetryBreaking, type Variables } from '@basinlab/core';
import { childKey, keyFromSeed, normal } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { z } from 'zod';
import { layered } from '../layered.fixture.js';
import { meanOf } from '../many/index.js';
import { repair, statisticsRecorder, type RepairPlace } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const key = keyFromSeed(21);
const unbroken: SymmetryBreaking = { id: 'none', summary: 'no breaking', options: z.strictObject({}), constants: () => null };
const network = buildNetwork({ architecture: layered, options: { widths: [8, 7] }, breaking: unbroken });
const places: RepairPlace[] = [0, 1].map((i) => ({
  layer: `hidden.${i}`,
  site: 'post-linear',
  gain: `${i}.weight`,
  gainAxis: 1,
  offset: `${i}.bias`,
}));
const model = (name: string): Variables => network.init({ initKey: childKey(key, name), constantsKey: key });
const inputs = () => tf.tensor2d(normal(childKey(key, 'inputs'), 50 * 6), [50, 6]);
const merge = (ends: readonly Variables[]): Variables => ({ ...ends[0]!, params: meanOf(ends.map(({ params }) => params)) });

describe('repair', () => {
  test('gives every unit the mean and the deviation that its ends have on average', async () => {
    const ends = [model('a'), model('b')];
    const merged = merge(ends);
    const recorder = statisticsRecorder(network, inputs(), { batch: 20 });
    const [a, b] = await Promise.all(ends.map((end) => recorder.of(end, places)));
    const [before, x] = [await recorder.of(merged, places), inputs()];
    const count = tf.memory().numTensors;
    const repaired = await repair(network, merged, { ends, weights: [1, 3], inputs: x, places, batch: 20 });
    expect(tf.memory().numTensors).toBe(count + Object.keys(repaired.params).length + Object.keys(repaired.state).length);
    const after = await recorder.of(repaired, places);
    places.forEach((_, k) => {
      const mixed = (of: 'mean' | 'deviation') => a![k]![of].map((value, i) => 0.25 * value + 0.75 * b![k]![of][i]!);
      expectAllclose(after[k]!.mean, mixed('mean'), { rtol: 1e-4, atol: 1e-5 });
      expectAllclose(after[k]!.deviation, mixed('deviation'), { rtol: 1e-4, atol: 1e-5 });
      // Averaging had shrunk them.
      expect(before[k]!.deviation.reduce((x, y) => x + y)).toBeLessThan(0.9 * mixed('deviation').reduce((x, y) => x + y));
    });
  });

  test('leaves a network alone whose statistics are right', async () => {
    const end = model('a');
    const repaired = await repair(network, end, { ends: [end], inputs: inputs(), places });
    for (const [name, value] of Object.entries(end.params)) expectAllclose(repaired.params[name]!, value, { atol: 1e-5 });
  });

  test('shifts a constant unit, and does not scale it', async () => {
    const end = model('a');
    const dead = { ...end, params: { ...end.params, '0.weight': tf.zerosLike(end.params['0.weight']!) } };
    const { params } = await repair(network, dead, { ends: [end], inputs: inputs(), places: places.slice(0, 1) });
    expect(Array.from(params['0.weight']!.dataSync()).every((value) => value === 0)).toBe(true);
    expect(Array.from(params['0.bias']!.dataSync()).every(Number.isFinite)).toBe(true);
  });

  test('says so where there is nothing to set statistics by', async () => {
    const end = model('a');
    await expect(repair(network, end, { ends: [end], inputs: inputs() })).rejects.toThrow(
      'repair: a network with norms or biases to set statistics by, got layered',
    );
  });
});
