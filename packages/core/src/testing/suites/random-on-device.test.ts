/** The tensor path of the device samplers, on a backend to which the three kernels are added. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from '@jest/globals';
import { device, keyFromSeed, threefry2x32 } from '@basinlab/tensor/random';
import { testContract } from '../jest.js';
import { randomContract } from './random.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  const words = (x: tf.TensorInfo): Int32Array => tf.engine().readSync(x.dataId) as Int32Array;
  const made = (values: Int32Array, shape: number[]): tf.TensorInfo => tf.engine().makeTensor(values, shape, 'int32');
  tf.registerKernel({
    kernelName: 'Threefry2x32',
    backendName: 'cpu',
    kernelFunc: ({ inputs }) => {
      const key = words(inputs['key']!);
      const { first, second } = threefry2x32([key[0]!, key[1]!], words(inputs['high']!), words(inputs['low']!));
      return [made(first, inputs['low']!.shape), made(second, inputs['low']!.shape)];
    },
  });
  tf.registerKernel({
    kernelName: 'BitwiseXor',
    backendName: 'cpu',
    kernelFunc: ({ inputs }) => {
      const b = words(inputs['b']!);
      return made(
        words(inputs['a']!).map((word, i) => word ^ b[i]!),
        inputs['a']!.shape,
      );
    },
  });
  tf.registerKernel({
    kernelName: 'ShiftRightLogical',
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) =>
      made(
        words(inputs['x']!).map((word) => word >>> (attrs!['bits'] as number)),
        inputs['x']!.shape,
      ),
  });
});

testContract(randomContract('a backend with the kernels'));

test('a key survives the way to the device and back', () => {
  const key = keyFromSeed(-1);
  tf.tidy(() => expect(device.hostKey(device.keyTensor(key))).toEqual(key));
});
