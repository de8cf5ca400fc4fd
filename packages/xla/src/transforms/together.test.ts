import { deviceCount, jit, whileLoop } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from '@jest/globals';
import { xlaRuntime } from '../register.js';
import { counts, describeOnXla, values } from '../testing.fixture.js';

const halved = (x: Tensor, by: Tensor): Tensor => tf.div(x, by);

/** Squares a matrix and scales it back, again and again. */
const powers = (x: Tensor, times: Tensor): Tensor =>
  whileLoop<{ i: Tensor; x: Tensor }>(
    ({ i }) => tf.less(i, times),
    ({ i, x: now }) => ({ i: tf.add(i, tf.scalar(1, 'int32')), x: tf.div(tf.matMul(now as tf.Tensor2D, x as tf.Tensor2D), 16) }),
    { i: tf.scalar(0, 'int32'), x },
  ).x;

describeOnXla(
  'calls at the same time',
  () => {
    test('have as many devices as were asked for, and no more', () => {
      expect(deviceCount()).toBe(3);
      const f = jit(halved);
      const x = tf.scalar(1);
      expect(() => f.together([x, x, x, x].map((each) => [each, each] as const))).toThrow(
        'halved: at most 3 calls at the same time, one per device, got 4',
      );
      x.dispose();
      f.dispose();
    });

    test('end in the bits of one call, with shared arguments and captured tensors', () => {
      const times = tf.scalar(20, 'int32');
      const inputs = [1, 2, 3].map((seed) => tf.randomUniform([256, 256], 0, 1, 'float32', seed));
      const scale = tf.randomUniform([256, 256], 0.5, 1, 'float32', 9);
      const f = jit((x: Tensor, n: Tensor) => tf.mul(powers(x, n), scale));
      const alone = inputs.map((x) => f(x, times));
      const results = f.together(inputs.map((x) => [x, times] as const));
      results.forEach((result, i) => expect(values(result)).toEqual(values(alone[i]!)));
      tf.dispose([times, scale, ...inputs, ...alone, ...results]);
      f.dispose();
    });

    test('leave results where they were made, for the next call and for everything else', () => {
      const f = jit(halved, { donate: [0] });
      const two = tf.scalar(2);
      const x = [8, 16, 24].map((value) => tf.fill([20], value));
      const first = f.together(x.map((each) => [each, two] as const));
      expect(x.map((each) => each.isDisposed)).toEqual([true, true, true]);
      const next = f.together(first.map((each) => [each, two] as const));
      const sum = tf.addN(next);
      expect(values(sum).slice(0, 2)).toEqual([12, 12]);
      // Back on the first device, where each is used alone.
      const last = next.map((each) => f(each, two));
      expect(last.map((each) => values(each)[0])).toEqual([1, 2, 3]);
      tf.dispose([two, sum, ...last]);
      f.dispose();
    });

    test('may be of other shapes, and fewer than devices', () => {
      const f = jit(halved);
      const two = tf.scalar(2);
      const x = [tf.ones([3]), tf.ones([5]), tf.ones([3])];
      const results = f.together(x.map((each) => [each, two] as const));
      expect(results.map((each) => values(each))).toEqual([3, 5, 3].map((n) => Array.from({ length: n }, () => 0.5)));
      const fewer = f.together([[x[0]!, two]]);
      expect(f.programs).toBe(2);
      tf.dispose([two, ...x, ...results, ...fewer]);
      f.dispose();
    });

    test('hold no memory: a shared array is there once, and gone with its tensor', () => {
      const f = jit((x: Tensor, shared: Tensor) => tf.add(x, tf.sum(shared)), { donate: [0] });
      const before = { ...counts(), bytes: (tf.memory() as unknown as { deviceBytes: number }).deviceBytes };
      for (let round = 0; round < 3; round++) {
        const shared = tf.ones([1000]);
        let x = [1, 2, 3].map((value) => tf.fill([100], value));
        for (let turn = 0; turn < 50; turn++) x = f.together(x.map((each) => [each, shared] as const));
        shared.dispose();
        expect(x.map((each) => values(each)[0])).toEqual([50_001, 50_002, 50_003]);
        tf.dispose(x);
      }
      expect({ ...counts(), bytes: (tf.memory() as unknown as { deviceBytes: number }).deviceBytes }).toEqual(before);
      f.dispose();
    });

    test('are part of the function where one is being traced', () => {
      const inner = jit(halved);
      const outer = jit((x: Tensor, by: Tensor) => tf.addN(inner.together([[x, by] as const, [by, x] as const])));
      const [x, y] = [tf.scalar(4), tf.scalar(2)];
      const sum = outer(x, y);
      expect(values(sum)).toEqual([2.5]);
      expect(inner.programs).toBe(0);
      tf.dispose([x, y, sum]);
      outer.dispose();
    });

    test('are kept on disk as programs of their devices', () => {
      const f = jit(halved, { name: 'halved-on-disk' });
      const two = tf.scalar(2);
      const x = [tf.ones([7]), tf.ones([7])];
      for (let turn = 0; turn < 2; turn++) {
        const results = f.together(x.map((each) => [each, two] as const));
        expect(results.map((each) => values(each)[6])).toEqual([0.5, 0.5]);
        tf.dispose(results);
        // Unloaded: the second turn reads it from the folder of programs.
        f.dispose();
      }
      expect(xlaRuntime().client.liveExecutables).toBeGreaterThan(0);
      tf.dispose([two, ...x]);
    });
  },
  { deviceCount: 3 },
);
