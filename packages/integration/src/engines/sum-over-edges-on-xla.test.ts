import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { jit, vmap } from '@basinlab/core';
import { keyFromSeed, normal, randomInt } from '@basinlab/core/random';
import { expectAllclose } from '@basinlab/core/testing';
import { sumOverEdges } from '@basinlab/models-asymmetric';
import { xlaEngine } from '@basinlab/xla';

const { available, detail } = await xlaEngine.status();
if (!available) process.stderr.write(`sums over edges on xla: not tested, because it is not available (${detail})\n`);

const [nodes, edges, units, models] = [50, 2 * 8192 + 300, 3, 2];

/** Sums and the gradient of their squares, by a plain loop on the host. */
function onHost(x: Float32Array, from: Int32Array, to: Int32Array): { sums: Float32Array; gradient: Float32Array } {
  const add = (rows: Float32Array, sources: Int32Array, targets: Int32Array): Float32Array => {
    const result = new Float32Array(rows.length);
    for (let e = 0; e < edges; e++) {
      for (let unit = 0; unit < units; unit++) result[targets[e]! * units + unit]! += rows[sources[e]! * units + unit]!;
    }
    return result;
  };
  const sums = add(x, from, to);
  return { sums, gradient: add(sums, to, from).map((value) => 2 * value) };
}

(available ? describe : describe.skip)('the sum over edges on xla', () => {
  beforeAll(async () => {
    await xlaEngine.start();
  }, 120_000);
  afterAll(() => {
    tf.removeBackend('xla');
  });

  test('and its gradient are right over several blocks, compiled for one model and for several together', () => {
    const [from, to] = [1, 2].map((seed) => randomInt(keyFromSeed(seed), edges, 0, nodes)) as [Int32Array, Int32Array];
    const all = normal(keyFromSeed(3), models * nodes * units);
    const both = (x: tf.Tensor, ends: { from: tf.Tensor; to: tf.Tensor }): { sums: tf.Tensor; gradient: tf.Tensor } => {
      const sum = (rows: tf.Tensor): tf.Tensor => sumOverEdges(rows, ends.from, ends.to);
      return { sums: sum(x), gradient: tf.grad((rows) => tf.sum(tf.square(sum(rows))))(x) };
    };
    const ends = { from: tf.tensor1d(from, 'int32'), to: tf.tensor1d(to, 'int32') };
    const x = tf.tensor3d(all, [models, nodes, units]);
    const one = jit(both)(tf.reshape(tf.slice(x, 0, 1), [nodes, units]), ends);
    const together = jit((xs: tf.Tensor, around: typeof ends) => vmap((rows: tf.Tensor) => both(rows, around))(xs))(x, ends);
    for (let model = 0; model < models; model++) {
      const expected = onHost(all.slice(model * nodes * units, (model + 1) * nodes * units), from, to);
      for (const name of ['sums', 'gradient'] as const) {
        // Sums of about 300 terms, added in another order.
        const tolerance = { rtol: 1e-4, atol: name === 'sums' ? 1e-3 : 0.02 };
        expectAllclose(tf.reshape(tf.slice(together[name], model, 1), [-1]), expected[name], tolerance);
        if (model === 0) expectAllclose(tf.reshape(one[name], [-1]), expected[name], tolerance);
      }
    }
    expect(one.sums.shape).toEqual([nodes, units]);
  });
});
