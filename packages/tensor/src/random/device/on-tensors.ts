import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Float32Arithmetic } from '../arithmetic.js';

const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Float32 arithmetic on tensors. */
export const onTensors: Float32Arithmetic<Tensor> = {
  plus: (a, b) => tf.add(a, b),
  minus: (a, b) => tf.sub(a, b),
  // Bounds that never bind: a compiler cannot fuse the product with a following sum through them. Both are needed: LLVM knows that a square is
  // not negative and would drop the lower one.
  times: (a, b) => tf.clipByValue(tf.mul(a, b), -LARGEST, LARGEST),
  timesExactly: (a, b) => tf.mul(a, b),
  squareRoot: (a) => tf.sqrt(a),
  floor: (a) => tf.floor(a),
  ifLess: (a, bound, yes, no) => tf.where(tf.less(a, bound), yes, no),
};
