import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, jit, keyFromSeed } from '@basinlab/core';
import { childKey, normal, permutation } from '@basinlab/core/random';
import { mlp, standard } from '@basinlab/models-asymmetric';
import {
  applyTransform,
  groupSizes,
  inferNetworkSymmetries,
  matchSinkhorn,
  matchStraightThrough,
  permutations,
  symmetryDifferences,
} from '@basinlab/rebasin';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`symmetries on xla: not tested, because it is not available (${detail})\n`);

const network = buildNetwork({ architecture: mlp, options: { inputs: 5, widths: [7, 6], outputs: 3 }, breaking: standard });
const key = keyFromSeed(2);

(available ? describe : describe.skip)('symmetries on xla', () => {
  beforeAll(async () => {
    await xlaEngine.start();
  }, 120_000);
  afterAll(() => tf.removeBackend('xla'));

  test('are inferred while it is current, and it goes on as before', () => {
    const variables = network.init({ initKey: key, constantsKey: key });
    const double = jit((x: tf.Tensor) => tf.mul(x, 2));
    const x = tf.tensor1d([1, 2]);
    expect([...double(x).dataSync()]).toEqual([2, 4]);
    const before = tf.memory().numTensors;
    expect(symmetryDifferences(network.params, inferNetworkSymmetries(network, variables, { shape: [2, 5] }).axes)).toEqual([]);
    expect([tf.getBackend(), tf.memory().numTensors]).toEqual(['xla', before]);
    expect([...double(x).dataSync()]).toEqual([2, 4]);
    double.dispose();
  });

  test('straight-through and Sinkhorn re-basin run compiled and leave no tensors', async () => {
    const a = network.init({ initKey: key, constantsKey: key });
    const b = network.init({ initKey: childKey(key, 'b'), constantsKey: key });
    const specs = { specs: network.params, stateSpecs: network.state };
    const data = { inputs: tf.tensor2d(normal(key, 320), [64, 5]), labels: tf.tensor1d(Int32Array.from({ length: 64 }, (_, i) => i % 3)) };
    const before = tf.memory().numTensors;
    const through = await matchStraightThrough(a, b, { ...specs, network, data, key, steps: 3, batch: 32 });
    const soft = await matchSinkhorn(a, b, { ...specs, network, data, key, steps: 2, every: 2, batch: 32, iterations: 3 });
    expect(tf.memory().numTensors).toBe(before);
    expect(Number.isFinite(through.midpointLoss) && Number.isFinite(soft.objective)).toBe(true);
    const planted = permutations(
      [...groupSizes(network.params)].map(([group, units]) => [group, permutation(childKey(key, group), units)]),
    );
    const moved = { params: applyTransform(network.params, a.params, planted), state: a.state };
    const found = await matchSinkhorn(a, moved, {
      ...specs,
      key,
      objective: 'distance',
      start: 'uniform',
      learningRate: 0.5,
      iterations: 4,
    });
    expect(found.objective).toBe(0);
  });
});
