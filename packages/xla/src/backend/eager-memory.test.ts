import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { counts, describeOnXla } from '../testing.fixture.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const MEGABYTE = 2 ** 20;

describeOnXla('memory of eager calls', () => {
  test('10,000 training steps leave no tensor, no device buffer and no memory', async () => {
    const weights = tf.variable(tf.randomUniform([16, 8], -1, 1, 'float32', 1));
    const inputs = tf.randomUniform([32, 16], -1, 1, 'float32', 2);
    const optimizer = tf.train.adam(1e-3);
    const step = () => optimizer.minimize(() => tf.mean(tf.square(tf.tanh(tf.matMul(inputs, weights)))), true)!.dispose();
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) step();
      await weights.data();
      collectGarbage();
      return { ...counts(), resident: process.memoryUsage.rss() };
    };
    const before = await steps(2_000);
    const after = await steps(8_000);
    expect(after.tensors).toBe(before.tensors);
    expect(after.buffers).toBe(before.buffers);
    // One result of 2 KiB lost at each step, with its handle, would be more.
    expect((after.resident - before.resident) / MEGABYTE).toBeLessThan(24);
    tf.dispose([weights, inputs]);
    optimizer.dispose();
  });

  test('large results reuse the memory of freed ones', async () => {
    const x = tf.zeros([1024, 1024]);
    const calls = async () => {
      const before = process.resourceUsage().minorPageFault;
      for (let i = 0; i < 50; i++) tf.dispose(tf.add(x, i));
      const last = tf.slice(x, [0, 0], [1, 1]);
      await last.data();
      last.dispose();
      return process.resourceUsage().minorPageFault - before;
    };
    await calls();
    // 50 results of 1,024 pages each.
    expect(await calls()).toBeLessThan((50 * 1024) / 4);
    x.dispose();
  });
});
