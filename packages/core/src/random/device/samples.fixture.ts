import type { Tensor } from '@tensorflow/tfjs-core';
import { bernoulli, childKey, device, foldIn, normal, permutation, randomBits, randomInt, split, uniform } from '../index.js';
import type { Key } from '../index.js';

type Values = ArrayLike<number>;

/** Each sampler on both sides: the host's numbers, and the device's for the same key as a tensor. */
export const samples: Record<string, { host: (key: Key) => Values; device: (key: Tensor) => Tensor }> = {
  split: { host: (key) => Int32Array.from(split(key, 5).flat()), device: (key) => device.split(key, 5) },
  foldIn: { host: (key) => Int32Array.from(foldIn(key, 2 ** 31 + 5)), device: (key) => device.foldIn(key, 2 ** 31 + 5) },
  childKey: { host: (key) => Int32Array.from(childKey(key, 'layers.0.weight')), device: (key) => device.childKey(key, 'layers.0.weight') },
  randomBits: { host: (key) => Int32Array.from(randomBits(key, 60)), device: (key) => device.randomBits(key, [3, 4, 5]) },
  uniform: { host: (key) => uniform(key, 1000), device: (key) => device.uniform(key, [1000]) },
  'uniform in [-1, 1)': {
    host: (key) => uniform(key, 1000, { min: -1 }),
    device: (key) => device.uniform(key, [10, 100], { min: -1 }),
  },
  'uniform in [-3.3, 5.1)': {
    host: (key) => uniform(key, 20000, { min: -3.3, max: 5.1 }),
    device: (key) => device.uniform(key, [20000], { min: -3.3, max: 5.1 }),
  },
  normal: { host: (key) => normal(key, 20000), device: (key) => device.normal(key, [20000]) },
  'normal with mean': {
    host: (key) => normal(key, 20000, { mean: 0.3, deviation: 0.7 }),
    device: (key) => device.normal(key, [20000], { mean: 0.3, deviation: 0.7 }),
  },
  'randomInt of 10': { host: (key) => randomInt(key, 1000, -3, 7), device: (key) => device.randomInt(key, [1000], -3, 7) },
  'randomInt of 60000': { host: (key) => randomInt(key, 1000, 0, 60000), device: (key) => device.randomInt(key, [1000], 0, 60000) },
  'randomInt of 2^30': {
    host: (key) => randomInt(key, 1000, -(2 ** 29), 2 ** 29),
    device: (key) => device.randomInt(key, [1000], -(2 ** 29), 2 ** 29),
  },
  'permutation of 100': { host: (key) => permutation(key, 100), device: (key) => device.permutation(key, 100) },
  'permutation of 2000': { host: (key) => permutation(key, 2000), device: (key) => device.permutation(key, 2000) },
  bernoulli: { host: (key) => bernoulli(key, 1000, 0.3), device: (key) => device.bernoulli(key, [1000], 0.3) },
  'nothing of each': {
    host: () => [],
    device: (key) => device.uniform(key, [0, 3]),
  },
  'permutation of 1': { host: (key) => permutation(key, 1), device: (key) => device.permutation(key, 1) },
  'permutation of 0': { host: (key) => permutation(key, 0), device: (key) => device.permutation(key, 0) },
  'one normal': { host: (key) => normal(key, 1), device: (key) => device.normal(key, []) },
};
