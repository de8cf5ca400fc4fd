import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { buildNetwork, jit, keyFromSeed, type GroupElement } from '@basinlab/core';
import { childKey, normal, permutation } from '@basinlab/core/random';
import { expectAllclose, randomTransform } from '@basinlab/core/testing';
import { mlp, standard } from '@basinlab/models-asymmetric';
import { gpt2 } from '@basinlab/models-transformer';
import {
  applyTransform,
  groupSizes,
  inferNetworkSymmetries,
  matchLearned,
  matchSinkhorn,
  matchStraightThrough,
  matchWeights,
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

  test('angles of rotary positions: weight matching on the device, and learned matching compiled', async () => {
    // Wide enough for the costs of the stream to be computed on the device.
    const options = {
      vocabulary: 20,
      positions: 6,
      width: 96,
      layers: 1,
      heads: 6,
      keyValueHeads: 3,
      units: 12,
      position: 'rotary',
    } as const;
    const rotary = buildNetwork({ architecture: gpt2, options, breaking: standard });
    const a = Object.fromEntries(
      rotary.params.map(({ name, shape }) => {
        const size = tf.util.sizeFromShape([...shape]);
        return [name, tf.tensor(normal(childKey(key, name), size, { deviation: 0.3 }), [...shape])];
      }),
    );
    // Angles that are small enough for heads to be alike before these are found.
    const planted = Object.entries(randomTransform(rotary.params, key)).map(([group, element]): [string, GroupElement] => [
      group,
      element.kind === 'rotated' ? { ...element, angles: element.angles.map((angle) => angle / 3) } : element,
    ]);
    const b = applyTransform(rotary.params, a, Object.fromEntries(planted));
    const before = tf.memory().numTensors;
    const { transform } = await matchWeights(a, b, { specs: rotary.params, key, restarts: 2 });
    const moved = applyTransform(rotary.params, b, transform);
    for (const [name, tensor] of Object.entries(a)) expectAllclose(moved[name]!, tensor, { rtol: 1e-4, atol: 2e-5 });
    tf.dispose(moved);
    // From heads and units that are in place already: angles alone are left to learn.
    const exchanged = Object.fromEntries(
      Object.entries(transform).map(([group, element]): [string, GroupElement] =>
        element.kind === 'rotated' ? [group, { kind: 'permutation', indices: element.indices }] : [group, element],
      ),
    );
    const around = { specs: rotary.params, key, loss: null, steps: 80, every: 20, learningRate: 0.03 };
    const start = await matchLearned({ params: a }, { params: b }, { ...around, start: exchanged, steps: 0 });
    const learned = await matchLearned({ params: a }, { params: b }, { ...around, start: exchanged });
    expect(tf.memory().numTensors).toBe(before);
    expect(learned.objective).toBeLessThan(0.2 * start.objective);
    expect(learned.transform['blocks.0.attention']!.kind).toBe('rotated');
    tf.dispose([a, b]);
  });
});
