import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../../errors.js';
import { fnv1a, foldIn as foldInOnHost, split as splitOnHost } from '../key.js';
import { keyTensor, onDeviceOr, threefry } from './kernels.js';

/** `count` new keys, int32 [count, 2]. See the host's `split`. */
export function split(key: Tensor, count = 2): Tensor {
  demand(Number.isInteger(count) && count >= 0, 'split', 'the number of keys must be a whole number', count);
  return onDeviceOr(
    'split',
    key,
    () => tf.stack(threefry(key, tf.zeros([count], 'int32'), tf.range(0, count, 1, 'int32')), 1),
    (words) => tf.tensor2d(Int32Array.from(splitOnHost(words, count).flat()), [count, 2], 'int32'),
  );
}

/** The key for one of many numbered uses, int32 [2]; `data` is a 32-bit number or an int32 scalar (a loop counter). See the host's `foldIn`. */
export function foldIn(key: Tensor, data: Tensor | number): Tensor {
  if (typeof data !== 'number')
    demand(data.dtype === 'int32' && data.size === 1, 'foldIn', 'one int32 number', `${data.dtype} [${data.shape.join(', ')}]`);
  return onDeviceOr(
    'foldIn',
    key,
    () => {
      const low = typeof data === 'number' ? tf.tensor1d(Int32Array.of(data), 'int32') : tf.reshape(data, [1]);
      return tf.concat(threefry(key, tf.zeros([1], 'int32'), low));
    },
    (words) => keyTensor(foldInOnHost(words, typeof data === 'number' ? data : data.dataSync()[0]!)),
  );
}

/** The key that belongs to a name, int32 [2]. See the host's `childKey`. */
export function childKey(key: Tensor, name: string): Tensor {
  return foldIn(key, fnv1a(name));
}
