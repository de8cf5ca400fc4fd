import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { demand } from '../../errors.js';
import { bernoulli as bernoulliOnHost, checkProbability } from '../bernoulli.js';
import { randomBits as randomBitsOnHost } from '../bits.js';
import { integerRange, randomInt as randomIntOnHost } from '../integers.js';
import type { NormalParameters } from '../normal.js';
import { normalFrom, normal as normalOnHost } from '../normal.js';
import type { UniformRange } from '../uniform.js';
import { uniform as uniformOnHost, uniformIn } from '../uniform.js';
import { split } from './key.js';
import { onDeviceOr, shiftRight, threefry, xor } from './kernels.js';
import { onTensors } from './on-tensors.js';

type Shape = readonly number[];

/** Words of 32 random bits, int32 `shape`; the bits of the host's `randomBits`. At most 2^31 - 1 of them. */
export function randomBits(key: Tensor, shape: Shape): Tensor {
  const size = sizeOf('randomBits', shape);
  return onDeviceOr(
    'randomBits',
    key,
    () => tf.reshape(xor(...threefry(key, tf.zeros([size], 'int32'), tf.range(0, size, 1, 'int32'))), [...shape]),
    (words) => tf.tensor(new Int32Array(randomBitsOnHost(words, size).buffer), [...shape], 'int32'),
  );
}

/** Uniform in [min, max), float32 `shape`; the bits of the host's `uniform`. */
export function uniform(key: Tensor, shape: Shape, range: UniformRange = {}): Tensor {
  const size = sizeOf('uniform', shape);
  return onDeviceOr(
    'uniform',
    key,
    () => uniformIn(onTensors, range)(fraction(key, shape)),
    (words) => tf.tensor(uniformOnHost(words, size, range), [...shape]),
  );
}

/** N(mean, deviation^2), float32 `shape`; the bits of the host's `normal`. */
export function normal(key: Tensor, shape: Shape, parameters: NormalParameters = {}): Tensor {
  const size = sizeOf('normal', shape);
  return onDeviceOr(
    'normal',
    key,
    () => normalFrom(onTensors, parameters)(fraction(key, shape)),
    (words) => tf.tensor(normalOnHost(words, size, parameters), [...shape]),
  );
}

/** Uniform integers in [low, high), int32 `shape`; the numbers of the host's `randomInt`. At most 2^30 different ones. */
export function randomInt(key: Tensor, shape: Shape, low: number, high: number): Tensor {
  const size = sizeOf('randomInt', shape);
  const { span, multiplier } = integerRange(low, high);
  demand(span <= 2 ** 30, 'randomInt', 'high - low at most 2^30 on a device', span, 'Draw wider ranges on the host.');
  return onDeviceOr(
    'randomInt',
    key,
    () => {
      const [higher, lower] = tf.unstack(split(key)).map((half) => remainder(randomBits(half, shape), span));
      return tf.add(remainder(tf.add(tf.mul(higher!, int(multiplier)), lower!), span), int(low));
    },
    (words) => tf.tensor(randomIntOnHost(words, size, low, high), [...shape], 'int32'),
  );
}

/** True with the given probability, bool `shape`; the draws of the host's `bernoulli`. */
export function bernoulli(key: Tensor, shape: Shape, probability: number): Tensor {
  checkProbability(probability);
  const size = sizeOf('bernoulli', shape);
  return onDeviceOr(
    'bernoulli',
    key,
    () => tf.less(uniform(key, shape), Math.fround(probability)),
    (words) => tf.tensor(bernoulliOnHost(words, size, probability), [...shape], 'bool'),
  );
}

/** Random integers in [0, 2^23), as float32. */
function fraction(key: Tensor, shape: Shape): Tensor {
  return tf.cast(shiftRight(randomBits(key, shape), 9), 'float32');
}

/** Unsigned words modulo `span` <= 2^30, from the two parts that signed arithmetic can hold. */
function remainder(words: Tensor, span: number): Tensor {
  const half = shiftRight(words, 1);
  const lastBit = tf.sub(words, tf.add(half, half));
  const halfRemainder = tf.mod(half, int(span));
  return tf.mod(tf.add(tf.add(halfRemainder, halfRemainder), lastBit), int(span));
}

function int(value: number): Tensor {
  return tf.scalar(value, 'int32');
}

function sizeOf(id: string, shape: Shape): number {
  const size = shape.reduce((product, length) => product * length, 1);
  demand(Number.isInteger(size) && size >= 0 && size < 2 ** 31, id, 'a shape of whole numbers with fewer than 2^31 entries', shape);
  return size;
}
