/**
 * The three kernels that device samplers are made of; their contract is at the top of `../threefry.ts`. A backend that registers
 * `Threefry2x32` must register all three; where it does not, samplers call {@link onDeviceOr}'s host branch.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../../errors.js';
import { hasKernel } from '../../ops/kernel.js';
import type { Key } from '../key.js';

/** Encrypts the counters `(high[i], low[i])`, all int32 words: kernel `Threefry2x32`. */
export function threefry(key: Tensor, high: Tensor, low: Tensor): [Tensor, Tensor] {
  return tf.engine().runKernel('Threefry2x32', { key, high, low }, {}) as [Tensor, Tensor];
}

/** Bitwise exclusive or of int32 words of equal shape: kernel `BitwiseXor`. */
export function xor(a: Tensor, b: Tensor): Tensor {
  return tf.engine().runKernel('BitwiseXor', { a, b }, {});
}

/** Shifts int32 words right by `bits` (1 to 31), filling with zeros: kernel `ShiftRightLogical`. */
export function shiftRight(x: Tensor, bits: number): Tensor {
  return tf.engine().runKernel('ShiftRightLogical', { x }, { bits });
}

/** Runs `device` where the current backend has the kernels; elsewhere reads the key and makes a tensor of what `host` draws. */
export function onDeviceOr(id: string, key: Tensor, device: () => Tensor, host: (key: Key) => Tensor): Tensor {
  demand(
    key.dtype === 'int32' && key.rank === 1 && key.shape[0] === 2,
    id,
    'a key as int32 tensor of shape [2]',
    `${key.dtype} [${key.shape.join(', ')}]`,
  );
  return tf.tidy(() => (hasKernel('Threefry2x32') ? device() : host(hostKey(key))));
}

/** A key as int32 tensor [2] on the device. */
export function keyTensor(key: Key): Tensor {
  return tf.tensor1d(Int32Array.of(key[0], key[1]), 'int32');
}

/** The key that a tensor holds; waits for the device, and cannot run inside `jit`. */
export function hostKey(key: Tensor): Key {
  const words = key.dataSync();
  return [words[0]! >>> 0, words[1]! >>> 0];
}
