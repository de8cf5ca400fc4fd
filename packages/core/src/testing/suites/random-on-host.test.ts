/** The device samplers where the backend has no kernel for them. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { device, foldIn, keyFromSeed } from '@basinlab/tensor/random';
import { testContract } from '../jest.js';
import { randomContract } from './random.js';

beforeAll(() => tf.setBackend('cpu'));

testContract(randomContract('a backend without the kernels'));

describe('drawn on the host', () => {
  test('foldIn takes a number held by a tensor', () => {
    const key = keyFromSeed(3);
    tf.tidy(() => expect(device.hostKey(device.foldIn(device.keyTensor(key), tf.scalar(-7, 'int32')))).toEqual(foldIn(key, -7)));
  });
  test('what is refused', () => {
    tf.tidy(() => {
      const key = device.keyTensor(keyFromSeed(3));
      expect(() => device.uniform(tf.zeros([2]), [3])).toThrow('uniform: a key as int32 tensor of shape [2], got float32 [2]');
      expect(() => device.normal(device.split(key), [3])).toThrow('normal: a key as int32 tensor of shape [2], got int32 [2, 2]');
      expect(() => device.randomInt(key, [3], 0, 2 ** 30 + 1)).toThrow('at most 2^30 on a device');
      expect(() => device.randomBits(key, [1.5])).toThrow('a shape of whole numbers');
      expect(() => device.foldIn(key, tf.scalar(1))).toThrow('foldIn: one int32 number, got float32 []');
    });
  });
});
