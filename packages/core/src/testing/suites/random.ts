import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { jit, vmap } from '@basinlab/tensor';
import {
  bernoulli,
  childKey,
  device,
  foldIn,
  keyFromSeed,
  normal,
  permutation,
  randomBits,
  randomInt,
  split,
  uniform,
} from '@basinlab/tensor/random';
import type { Key } from '@basinlab/tensor/random';
import * as assert from '../assert.js';
import { assertNoLeak, contractOf } from './check.js';
import type { Contract } from './check.js';

/** What every backend must do: draw the host's numbers, bit for bit, from a key in a tensor: eagerly, compiled, and mapped over keys. */
export function randomContract(backend: string): Contract {
  const keys = [20240607, 1, -1].map((seed) => keyFromSeed(seed));
  const checks = Object.entries(samples).map(([name, sample]) => ({
    name: `${name} has the bits of the host, eagerly, under jit and under vmap`,
    run: () =>
      assertNoLeak(() => {
        const compiled = jit((key: Tensor) => sample.device(key), { name: `random/${name}` });
        tf.tidy(() => {
          for (const key of keys.slice(0, 2)) {
            assertSame(sample.device(device.keyTensor(key)), [sample.host(key)], 'eagerly');
            assertSame(compiled(device.keyTensor(key)), [sample.host(key)], 'under jit');
          }
          const mapped = vmap((key: Tensor) => sample.device(key))(tf.stack(keys.map(device.keyTensor)));
          assertSame(mapped, keys.map(sample.host), 'under vmap');
        });
        compiled.dispose();
      }),
  }));
  return contractOf(`random numbers on ${backend}`, checks);
}

function assertSame(actual: Tensor, expected: readonly ArrayLike<number>[], how: string): void {
  const values = Array.from(actual.dataSync(), Number);
  const wanted = expected.flatMap((part) => Array.from(part, Number));
  assert.equal(values.length, wanted.length, `${how}: number of values`);
  const wrong = values.findIndex((value, i) => !Object.is(value, wanted[i]));
  assert.equal(wrong, -1, `${how}: value ${wrong} is ${values[wrong]}, on the host ${wanted[wrong]}`);
}

const samples: Record<string, { host: (key: Key) => ArrayLike<number>; device: (key: Tensor) => Tensor }> = {
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
    host: (key) => uniform(key, 3000, { min: -3.3, max: 5.1 }),
    device: (key) => device.uniform(key, [3000], { min: -3.3, max: 5.1 }),
  },
  normal: { host: (key) => normal(key, 3000), device: (key) => device.normal(key, [3000]) },
  'normal with mean': {
    host: (key) => normal(key, 3000, { mean: 0.3, deviation: 0.7 }),
    device: (key) => device.normal(key, [3000], { mean: 0.3, deviation: 0.7 }),
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
