import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Split, Variables } from '@basinlab/tensor';
import { keyFromSeed, normal, randomInt } from '@basinlab/tensor/random';
import * as tf from '@tensorflow/tfjs-core';
import { barrierInterval, createRowLosses } from './row-losses.js';
import { onHost, twoLayerModels } from './two-layer.fixture.js';

beforeAll(() => tf.setBackend('cpu'));

const rows = 60;
const x = normal(keyFromSeed(5), rows * 3);
const labels = randomInt(keyFromSeed(6), rows, 0, 2);
const split = (): Split => ({ inputs: tf.tensor2d(x, [rows, 3]), labels: tf.tensor1d(labels, 'int32') });

describe('losses row by row', () => {
  test('have the mean of the whole, at the ends and between, in passes of any size', async () => {
    const { network, models } = twoLayerModels(true, 1, 2);
    const seen = split();
    const values = Object.fromEntries(
      Object.entries({ ...network.effective(models[0]!), ...models[0]!.state }).map(([name, tensor]) => [name, tensor.dataSync()]),
    );
    for (const batch of [7, 60, 1000]) {
      const byRows = createRowLosses(network, { batch });
      const before = tf.memory().numTensors;
      const losses = await byRows.at(models, [1, 0], seen);
      expect(tf.memory().numTensors).toBe(before);
      expect(losses).toHaveLength(rows);
      expect(losses.reduce((sum, loss) => sum + loss, 0) / rows).toBeCloseTo(onHost(values, x, labels).loss, 5);
      byRows.dispose();
    }
  });

  test('the temperature is where the loss is least; logits made k times larger get one k times higher, and the same calibrated loss', async () => {
    const { network, models } = twoLayerModels(false, 1);
    const { inputs } = split();
    // What the model says, but for every fifth row: certainty of any other size is worse.
    const said = tf.argMax(network.apply(models[0]!, inputs).logits, 1).dataSync();
    const seen = {
      inputs,
      labels: tf.tensor1d(
        said.map((label, row) => (row % 5 === 0 ? 1 - label : label)),
        'int32',
      ),
    };
    const byRows = createRowLosses(network);
    const before = tf.memory().numTensors;
    const temperature = await byRows.temperature(models, [1], seen);
    const least = await byRows.calibratedLoss(models, [1], seen, temperature);
    for (const factor of [0.9, 1.1]) expect(await byRows.calibratedLoss(models, [1], seen, factor * temperature)).toBeGreaterThan(least);
    expect(await byRows.calibratedLoss(models, [1], seen, 1)).toBeGreaterThanOrEqual(least);
    const sharper: Variables = { ...models[0]!, params: { ...models[0]!.params, second: tf.mul(models[0]!.params['second']!, 5) } };
    const kept = tf.memory().numTensors;
    const hotter = await byRows.temperature([sharper], [1], seen);
    expect(hotter / temperature).toBeCloseTo(5, 2);
    expect(await byRows.calibratedLoss([sharper], [1], seen, hotter)).toBeCloseTo(least, 4);
    expect(tf.memory().numTensors).toBe(kept);
    expect(kept).toBe(before + 1);
    byRows.dispose();
  });

  test('where nothing is asked of a position, it does not count in the temperature', async () => {
    const { network, models } = twoLayerModels(false, 1);
    const { inputs, labels: all } = split();
    const byRows = createRowLosses(network, { task: 'masked-tokens' });
    const half = { inputs: tf.slice(inputs, 0, rows / 2), labels: tf.slice(all, 0, rows / 2) };
    const masked = { inputs, labels: tf.concat([half.labels, tf.fill([rows / 2], -1, 'int32')]) };
    const [some, other] = [await byRows.temperature(models, [1], half), await byRows.temperature(models, [1], masked)];
    expect(other).toBeCloseTo(some, 5);
    expect(await byRows.calibratedLoss(models, [1], masked, 2)).toBeCloseTo(await byRows.calibratedLoss(models, [1], half, 2), 6);
    byRows.dispose();
  });

  test('calibration is refused where a decision has no one label', async () => {
    const { network, models } = twoLayerModels(false, 1);
    const byRows = createRowLosses(network, { task: 'regression' });
    await expect(byRows.temperature(models, [1], split())).rejects.toThrow('one label per decision');
  });
});

describe('the interval of a barrier', () => {
  const key = keyFromSeed(3);
  /** A path whose middle lies 1 above both ends, with noise of deviation 1 in every row. */
  const path = (count: number): Float32Array[] => [
    new Float32Array(count),
    normal(keyFromSeed(8), count).map((noise) => 1 + noise),
    new Float32Array(count),
  ];

  test('is as wide as the normal distribution says, and holds the barrier', () => {
    const losses = path(400);
    const mean = losses[1]!.reduce((sum, loss) => sum + loss, 0) / 400;
    const deviation = Math.sqrt(losses[1]!.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / 400);
    const { low, high } = barrierInterval(losses, { confidence: 0.95, key });
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
    const wanted = (2 * 1.96 * deviation) / Math.sqrt(400);
    expect(Math.abs((high - low) / wanted - 1)).toBeLessThan(0.12);
    const wider = barrierInterval(losses, { confidence: 0.99, key });
    expect(wider.high - wider.low).toBeGreaterThan(high - low);
  });

  test('is a point where all rows agree, and never below 0 where ends are on the line', () => {
    const same = [Float32Array.of(1, 1, 1), Float32Array.of(4, 4, 4), Float32Array.of(3, 3, 3)];
    expect(barrierInterval(same, { confidence: 0.9, key })).toEqual({ low: 2, high: 2 });
    const flat = barrierInterval([Float32Array.of(1, 2), Float32Array.of(0, 1), Float32Array.of(1, 2)], { confidence: 0.9, key });
    expect(flat).toEqual({ low: 0, high: 0 });
    expect(() => barrierInterval([], { confidence: 0.9, key })).toThrow('at least two points');
  });
});
