import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { argsort } from '../../ops/sort.js';
import { checkCount, permutation as permutationOnHost, shuffleRounds } from '../permutation.js';
import { split } from './key.js';
import { onDeviceOr } from './kernels.js';
import { randomBits } from './samplers.js';

/** A random order of 0 .. n-1, int32 [n]; the order of the host's `permutation`. */
export function permutation(key: Tensor, n: number): Tensor {
  checkCount(n);
  return onDeviceOr(
    'permutation',
    key,
    () => {
      let order: Tensor = tf.range(0, n, 1, 'int32');
      let next = key;
      for (let round = 0; round < shuffleRounds(n); round++) {
        const [carried, used] = tf.unstack(split(next));
        next = carried!;
        // Adding 2^31 makes the signed order of the words their unsigned order.
        const words = tf.add(randomBits(used!, [n]), tf.scalar(-(2 ** 31), 'int32'));
        order = tf.gather(order, argsort(words));
      }
      return order;
    },
    (words) => tf.tensor1d(permutationOnHost(words, n), 'int32'),
  );
}
