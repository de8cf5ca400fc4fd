import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { TensorTree } from '@basinlab/tensor';
import { flatten } from '@basinlab/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { registerXla, xlaRuntime } from './register.js';
import type { XlaOptions } from './register.js';
import { findPlugin } from './installer/index.js';
import { loadPlugin } from './pjrt/index.js';
import type { Client } from './pjrt/index.js';

/** The CPU plugin of this machine, or null: tests that need it are skipped then. */
export const testLibrary: string | null = (await findPlugin('cpu'))?.path ?? null;

export const describeWithPlugin = testLibrary === null ? describe.skip : describe;

/** A fresh client on one CPU device. */
export function testClient(): Client {
  return loadPlugin(testLibrary!).createClient({ cpu_device_count: 1 });
}

/** A block of tests on the backend `xla`, started before and removed after them; compiled programs come from the user's cache. */
export function describeOnXla(name: string, body: () => void, options: XlaOptions = {}): void {
  describeWithPlugin(name, () => {
    beforeAll(async () => {
      await registerXla({ library: testLibrary!, ...options });
    });
    afterAll(() => tf.removeBackend('xla'));
    body();
  });
}

export const values = (tensor: Tensor): number[] => Array.from(tensor.dataSync());

/** Shapes equal, and entries within rtol |expected| + atol; the defaults allow float32 sums in another order. */
export function expectTensorsClose(got: TensorTree, expected: TensorTree, { rtol = 1e-5, atol = 1e-6 } = {}): void {
  const [a, b] = [flatten<Tensor>(got), flatten<Tensor>(expected)];
  expect(a.structure.key).toBe(b.structure.key);
  a.leaves.forEach((leaf, i) => {
    const wanted = b.leaves[i]!;
    expect({ leaf: i, shape: leaf.shape, dtype: leaf.dtype }).toEqual({ leaf: i, shape: wanted.shape, dtype: wanted.dtype });
    const target = values(wanted);
    values(leaf).forEach((value, at) => {
      const limit = rtol * Math.abs(target[at]!) + atol;
      if (!(Math.abs(value - target[at]!) <= limit) && !Object.is(value, target[at]))
        throw new Error(`leaf ${i}, entry ${at}: ${value}, expected ${target[at]}`);
    });
  });
}

/** What must not grow: tensors tfjs knows and buffers on the device. */
export const counts = (): { tensors: number; buffers: number } => ({
  tensors: tf.memory().numTensors,
  buffers: xlaRuntime().client.liveBuffers,
});
