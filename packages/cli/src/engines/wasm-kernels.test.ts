import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import '@basinlab/core';
import { wasmEngine } from './wasm.js';
import { cpuEngine } from './cpu.js';
import { addMissingKernels } from './wasm-kernels.js';

/** Values and gradient of a function on both backends. */
async function onBoth(f: () => tf.Tensor[]): Promise<{ wasm: number[][]; cpu: number[][] }> {
  const read = async (backend: string) => {
    await tf.setBackend(backend);
    return tf.tidy(() => f().map((tensor) => [...tensor.dataSync()]));
  };
  return { cpu: await read('cpu'), wasm: await read('wasm') };
}

const wave = (shape: number[], scale = 1) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => scale * Math.sin(1 + 3 * i)),
    shape,
  );

beforeAll(async () => {
  await cpuEngine.start();
  await wasmEngine.start();
});

describe('kernels that the wasm backend lacks', () => {
  const cases: [string, () => tf.Tensor[]][] = [
    [
      'the gradient of a convolution',
      () => [
        tf.grad((w) => tf.sum(tf.square(tf.conv2d(wave([2, 5, 5, 3]) as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'))))(wave([3, 3, 3, 4])),
      ],
    ],
    ['the gradient of gather', () => [tf.grad((x) => tf.sum(tf.square(tf.gather(x, tf.tensor1d([0, 2, 2], 'int32')))))(wave([4, 3]))]],
    [
      'one-hot values of other dtypes',
      () => [tf.oneHot(tf.tensor1d([1, 0], 'int32'), 3, 2.5, -1, 'float32'), tf.oneHot(tf.tensor1d([2], 'int32'), 3)],
    ],
    ['einsum', () => [tf.einsum('ij,kj->ik', wave([3, 4]), wave([2, 4]))]],
    ['several at once, results as a list', () => tf.split(tf.einsum('ij,kj->ik', wave([4, 4]), wave([2, 4])), 2)],
  ];
  test.each(cases)('%s: equals the cpu backend', async (_, f) => {
    const { cpu, wasm } = await onBoth(f);
    expect(wasm.length).toBe(cpu.length);
    wasm.forEach((values, k) => values.forEach((value, i) => expect(value).toBeCloseTo(cpu[k]![i]!, 4)));
  });

  test('leave no tensors on either backend', async () => {
    await tf.setBackend('wasm');
    const step = () => tf.tidy(() => tf.einsum('ij,kj->ik', wave([3, 4]), wave([2, 4])).dataSync());
    step();
    const before = [tf.memory().numTensors, tf.findBackend('cpu').numDataIds(), tf.findBackend('wasm').numDataIds()];
    step();
    expect([tf.memory().numTensors, tf.findBackend('cpu').numDataIds(), tf.findBackend('wasm').numDataIds()]).toEqual(before);
  });

  test('are added once', () => {
    const before = tf.getKernelsForBackend('wasm').length;
    expect(addMissingKernels()).toContain('Conv2DBackpropFilter');
    expect(tf.getKernelsForBackend('wasm').length).toBe(before);
  });
});
