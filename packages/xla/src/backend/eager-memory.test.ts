import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { describeOnXla, testLibrary } from '../testing.fixture.js';

// In a process of its own, whose memory is of nothing else: what is there after 2,000 steps of training, and after 8,000 more.
const script = `
  import * as tf from '@tensorflow/tfjs-core';
  const { registerXla, xlaRuntime } = await import(${JSON.stringify(new URL('../register.ts', import.meta.url).href)});
  await registerXla({ library: ${JSON.stringify(testLibrary)} });
  const weights = tf.variable(tf.randomUniform([16, 8], -1, 1, 'float32', 1));
  const inputs = tf.randomUniform([32, 16], -1, 1, 'float32', 2);
  const optimizer = tf.train.adam(1e-3);
  const loss = () => tf.mean(tf.square(tf.tanh(tf.matMul(inputs, weights))));
  for (const steps of [2000, 8000]) {
    for (let step = 0; step < steps; step++) optimizer.minimize(loss, true).dispose();
    await weights.data();
    gc();
    const { numTensors: tensors } = tf.memory();
    console.log(JSON.stringify({ tensors, buffers: xlaRuntime().client.liveBuffers, megabytes: process.memoryUsage.rss() / 2 ** 20 }));
  }
  process.exit(0);`;

interface Memory {
  readonly tensors: number;
  readonly buffers: number;
  readonly megabytes: number;
}

describeOnXla('memory of eager calls', () => {
  test('10,000 training steps leave no tensor, no device buffer and no memory', () => {
    const loader = fileURLToPath(new URL('../../../../tools/source-loader.mjs', import.meta.url));
    const flags = ['--expose-gc', '--no-warnings', '--conditions=basinlab-source', '--import', loader, '--input-type=module', '-e', script];
    const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    expect({ lines: lines.length, stderr }).toEqual({ lines: 2, stderr: expect.anything() });
    const [before, after] = lines.map((line) => JSON.parse(line) as Memory) as [Memory, Memory];
    expect([after.tensors, after.buffers]).toEqual([before.tensors, before.buffers]);
    // One result of 2 KiB lost at each step, with its handle, would be more.
    expect(after.megabytes - before.megabytes).toBeLessThan(24);
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
